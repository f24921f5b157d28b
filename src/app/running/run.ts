/** A prepared plan, the hold of its run and what the runs of an engine share come in; a running run goes out. */
import type { Broker, SubscribeOptions } from '../../events/broker.ts';
import { MemoryBroker } from '../../events/memory.ts';
import { execute } from '../../executor/executor.ts';
import { Redaction } from '../../executor/worker/redaction.ts';
import type { LoadedCode } from '../../executor/workers/thread-supply.ts';
import type { RecordedEvent } from '../../model/event.ts';
import { digestOf, type RunId } from '../../model/ids.ts';
import type { RunEnding } from '../../model/run.ts';
import type { Prepared } from '../planning/prepared.ts';
import { ignoringFaults } from '../project/ignoring-faults.ts';
import { cacheFolder } from '../project/cache-folder.ts';
import { transformer } from '../project/installation.ts';
import { standardEnv } from '../project/caller-context.ts';
import { recordedEvents, type State } from '../project/state.ts';
import { storedSecrets } from './stored-secrets.ts';
import { watchForCancel } from './cancel.ts';
import { ChildRuns, type LaunchedRun } from './child-runs.ts';
import { keepBeating } from './heartbeat.ts';
import type { HeldRun, Shared } from './held-run.ts';

export interface Running extends LaunchedRun {
  readonly runId: RunId;
  /** Greatest number of units of work at once. */
  readonly jobs: number;
  readonly state: State;
  /** Yields the run's events from its beginning, when called at once; ends with the run. */
  follow(pattern: string, options?: SubscribeOptions): AsyncIterable<RecordedEvent>;
  /** Returns the text without the secrets of the run. */
  redacted(text: string): string;
}

export function launch(prepared: Prepared, run: HeldRun, shared: Shared): Running {
  const { loaded, declaredEnv } = prepared;
  const secrets = [...prepared.secrets, ...(run.secrets ?? [])];
  const { hold, policy, parent } = run;
  const { state, caller, jobs } = shared;
  const { runId } = hold;
  const env = { ...standardEnv(caller.env), ...declaredEnv };
  const code = codeOf(prepared);
  const supply = run.supply?.share(env, code) ?? shared.threads.take(env, code);
  const followers = new MemoryBroker();
  const transformerFile = transformer();
  const children = new ChildRuns(prepared.subs, run, {
    ...shared,
    launch: (child, held) => launch(child, { ...held, supply, secrets }, shared),
  });
  const handle = execute(
    {
      ...prepared,
      ...policy,
      ...hold,
      jobs,
      env,
      secrets,
      ...(prepared.retry && { retryOf: prepared.retry.of }),
      ...(parent && { parent }),
    },
    {
      store: state.store,
      io: state.io,
      broker: bothOf(followers, shared.broker),
      expressions: prepared.expressions,
      sharedJobs: shared.sharedJobs,
      clock: caller.clock,
      processEntry: shared.processEntry,
      threads: supply.threads,
      subruns: children,
      session: {
        root: loaded.root,
        code: prepared.ground.code,
        results: { kind: 'filesystem', root: state.folder },
        logs: { kind: 'files', stateFolder: state.folder },
        cacheFolder: cacheFolder(),
        ...(transformerFile && { transformerFile }),
      },
    },
  );
  const watching = { store: state.store, clock: caller.clock };
  const watch = watchForCancel(watching, runId, handle);
  const heartbeat = keepBeating(watching, runId, handle);
  const ended = lettingGo(countingHooks(handle.ended, children), {
    broker: followers,
    opened: [watch, heartbeat, supply],
    release: () => state.store.release(runId),
  });
  return {
    runId,
    jobs,
    handle: { ended, cancel: (reason, how) => handle.cancel(reason, how) },
    state,
    // Every event that a run publishes is a recorded event.
    follow: (pattern, how) => followers.subscribe(pattern, how) as AsyncIterable<RecordedEvent>,
    redacted: redactedBy(secrets),
    findings: () => [
      ...children.findings(),
      ...(secrets.length === 0 ? [] : storedSecrets(prepared.plan, recordedEvents(state, runId))),
    ],
  };
}

/** Returns a function that redacts the values; most runs do not ask for it. */
export const redactedBy =
  (secrets: readonly string[]): Running['redacted'] =>
  (text) =>
    new Redaction(secrets).text(text);

/** A hook that failed in a run below counts as one of the run itself. */
async function countingHooks(ended: Promise<RunEnding>, children: ChildRuns): Promise<RunEnding> {
  const ending = await ended;
  return { ...ending, hookFailed: ending.hookFailed || children.hookFailed };
}

interface OpenedRun {
  readonly broker: MemoryBroker;
  readonly opened: readonly Disposable[];
  /** Releases the hold of the run; it has no effect when the run has ended. */
  readonly release: () => void;
}

/** Releases a run that the disk or the system failed, so that it can be resumed while this process lives. */
async function lettingGo<T>(ended: Promise<T>, { broker, opened, release }: OpenedRun): Promise<T> {
  try {
    return await ended;
  } catch (error) {
    // The state may be what failed, and the end of the process releases the run.
    ignoringFaults(release);
    throw error;
  } finally {
    for (const one of opened) one[Symbol.dispose]();
    await broker.close();
  }
}

function bothOf(
  one: Pick<Broker, 'publish'>,
  other: Pick<Broker, 'publish'>,
): Pick<Broker, 'publish'> {
  return {
    publish: (topic, event) => {
      const [first, second] = [one.publish(topic, event), other.publish(topic, event)];
      if (first === undefined || second === undefined) return first ?? second;
      return Promise.all([first, second]).then(() => undefined);
    },
  };
}

/** Returns all code that threads of the run, and of its child runs, may load. */
function codeOf({ loaded: { root }, ground, subs }: Prepared): LoadedCode {
  const code = new Map<string, string | null>();
  for (const [module, { files, lockFile, options }] of ground.code) {
    for (const { path, digest } of files) code.set(`${root}/${path}`, digest);
    // A link that leads elsewhere brings the module's name to other files.
    code.set(`files of ${module}`, digestOf([root, ...files.map(({ path }) => path)]));
    code.set(`packages of ${root}`, lockFile);
    code.set(`options of ${module}`, options);
  }
  for (const child of new Set(subs.prepared.values()))
    for (const [part, text] of codeOf(child)) code.set(part, text);
  return code;
}
