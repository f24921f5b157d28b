/** Every kind of worker passes the contract, and takes its own jobs only. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import type {
  Job,
  JobInput,
  WorkerListener,
  WorkerPool,
} from '../../../src/executor/ports/worker.ts';
import type { Subrun, SubrunEnding } from '../../../src/executor/ports/subruns.ts';
import type { AttemptOutcome } from '../../../src/executor/ports/workforce.ts';
import { Threads } from '../../../src/executor/workers/threads.ts';
import {
  openWorkerPools,
  type WorkerPoolsOptions,
} from '../../../src/executor/workers/worker-pools.ts';
import { Redaction } from '../../../src/executor/worker/redaction.ts';
import { createFilesystemIo } from '../../../src/io/filesystem.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { newRunId } from '../../../src/model/ids.ts';
import type { PlannedTask } from '../../../src/model/plan.ts';
import { DEFAULT_SETTINGS, type TaskSettings } from '../../../src/model/settings.ts';
import type { EventBus } from '../../../src/store/event-bus.ts';
import { MemoryRunStore, MemoryState } from '../../../src/store/memory.ts';
import { testNeeding } from '../../test-needing.ts';
import { PROCESS, WORKER } from '../rig.ts';
import { workerContract, type Behaviour, type Kind } from './contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'dp workers '));
const module = join(folder, 'tasks.ts');
const state = join(folder, '.dp');
const run = newRunId(Date.now());
const io = createFilesystemIo({ root: state });

writeFileSync(
  module,
  `
export const answers = () => 'done';
export const obeys = (_, { signal, progress }) => {
  progress(0);
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
};
export const stubborn = (_, { progress }) => {
  progress(0);
  return new Promise(() => {});
};
`,
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COMMANDS: Readonly<Record<Behaviour, string>> = {
  answers: 'echo done',
  obeys: 'exec sleep 600',
  stubborn: `trap '' TERM; while :; do sleep 1; done`,
};

/** What tells the kinds apart: the jobs that are made for them. */
interface Sample {
  readonly name: string;
  readonly takesPlaces: boolean;
  readonly job: (behaviour: Behaviour, token: number) => Job;
}

const onFunction =
  (isolation: 'thread' | 'process') =>
  (behaviour: Behaviour, token: number): Job => {
    const work = { is: 'function', module, task: behaviour } as const;
    return jobOf({
      token,
      work,
      input: { is: 'function', given: { named: {} } },
      settings: { isolation },
    });
  };

const SAMPLES: readonly Sample[] = [
  { name: 'threads', takesPlaces: true, job: onFunction('thread') },
  { name: 'processes', takesPlaces: true, job: onFunction('process') },
  {
    name: 'commands',
    takesPlaces: true,
    job: (behaviour, token) => commandJob(COMMANDS[behaviour], token),
  },
  {
    name: 'pipelines',
    takesPlaces: false,
    job(behaviour, token) {
      const work = { is: 'pipeline', pipeline: behaviour, file: '', planId: '' } as const;
      // The run that is begun behaves as its id says.
      return jobOf({ token, work, input: { is: 'pipeline', named: {}, childRunId: behaviour } });
    },
  },
  {
    name: 'waits',
    takesPlaces: false,
    job(behaviour, token) {
      const event = `test.${behaviour}`;
      const wait = { event, after: 0, since: 0, until: null, meets: () => true };
      return jobOf({
        token,
        work: { is: 'wait', event, timeout: null },
        input: { is: 'wait', wait },
      });
    },
  },
];

function answeringBus(): EventBus {
  const { bus } = new MemoryRunStore(new MemoryState(), () => true);
  bus.publish({ v: 1, id: 'first', topic: 'test.answers', time: 0, data: 'done' });
  return bus;
}

const poolsFor = (
  listener: WorkerListener,
  own: Partial<WorkerPoolsOptions> = {},
): readonly WorkerPool[] => {
  const { PATH = '' } = process.env;
  const env = { PATH };
  let workers = 0;
  return openWorkerPools({
    size: 2,
    threads: new Threads({ size: 2, workerFile: WORKER, env }),
    processEntry: () => PROCESS,
    session: {
      run,
      pipeline: 'test',
      params: {},
      secrets: [],
      checks: new Map(),
      root: folder,
      code: new Map(),
      results: { kind: 'filesystem', root: state },
      logs: { kind: 'files', stateFolder: state },
    },
    env,
    folder,
    io,
    bus: answeringBus(),
    clock: systemClock,
    redaction: new Redaction([]),
    subruns: { begin: ({ runId }) => Promise.resolve(subrunOf(runId as Behaviour)) },
    nextNumber: () => ++workers,
    listener,
    ...own,
  });
};

for (const sample of SAMPLES) workerContract(kindOf(sample));

test('a job is accepted by one kind only, the first that is asked included', async () => {
  const pools = poolsFor(DEAF);
  for (const { job } of SAMPLES)
    expect(pools.filter((pool) => pool.accepts(job('answers', 1)))).toHaveLength(1);
  expect(pools).toHaveLength(SAMPLES.length);
  await Promise.all(pools.map((pool) => pool.close()));
});

testNeeding('Linux', process.platform === 'linux')(
  'a command that is lost with its host is a crashed attempt',
  async () => {
    const answers: ((outcome: AttemptOutcome) => void)[] = [];
    const listener: WorkerListener = {
      ...DEAF,
      ended: (_token, outcome) => answers.pop()?.(outcome),
    };
    const pools = poolsFor(listener, { worthAHost: 0 });
    onTestFinished(async () => {
      for (const pool of pools) await pool.close();
    });
    const outcomeOf = async (command: string): Promise<AttemptOutcome> => {
      const { promise, resolve } = Promise.withResolvers<AttemptOutcome>();
      answers.push(resolve);
      const job = commandJob(command, 1);
      pools
        .find((pool) => pool.accepts(job))
        ?.place(job, false)
        .send();
      return promise;
    };
    const killsItsHost = `tr '\\0' ' ' < /proc/$PPID/cmdline | grep command-host && kill -9 $PPID && sleep 600`;
    // The first commands are started without a host, and find none.
    let outcome: AttemptOutcome;
    do outcome = await outcomeOf(killsItsHost);
    while (outcome.is === 'failed' && outcome.error.exitCode === 1);
    expect(outcome).toMatchObject({
      is: 'failed',
      failure: { reason: 'crashed', retryable: true },
      error: { code: 'DP6003', message: expect.stringContaining('had started the command') },
    });
  },
);

function commandJob(command: string, token: number): Job {
  const work = { is: 'shell', command, shell: 'sh', cwd: '.' } as const;
  return jobOf({ token, work, input: { is: 'command', command, env: {} } });
}

const DEAF: WorkerListener = {
  begun: () => undefined,
  served: () => undefined,
  reported: () => undefined,
  silent: () => undefined,
  ended: () => undefined,
  takenBack: () => undefined,
  failed: () => undefined,
};

function kindOf({ name, takesPlaces, job }: Sample): Kind {
  return {
    name,
    takesPlaces,
    open(listener) {
      const pool = poolsFor(listener).find((candidate) => candidate.accepts(job('answers', 0)));
      if (pool === undefined) throw new Error(`nobody carries out ${name}`);
      return { pool, job };
    },
  };
}

function jobOf({
  token,
  work,
  input,
  settings = {},
}: {
  readonly token: number;
  readonly work: PlannedTask['work'];
  readonly input: JobInput;
  readonly settings?: Partial<TaskSettings>;
}): Job {
  const task: PlannedTask = {
    name: 'sample',
    id: '0'.repeat(64),
    key: null,
    level: 0,
    dependsOn: [],
    tags: [],
    work,
    codeHash: '',
    settings: { ...DEFAULT_SETTINGS, ...settings },
    with: {},
    mentions: [],
    at: { file: module, line: 1, column: 1 },
    decision: { action: 'run', reason: { is: 'not_cached' } },
  };
  const attempt = { unit: { index: 0, element: undefined }, task, number: token };
  return { token, attempt, input, resultId: `a${token}.1` };
}

function subrunOf(behaviour: Behaviour): Subrun {
  const { promise: ended, resolve } = Promise.withResolvers<SubrunEnding>();
  if (behaviour === 'answers') resolve({ is: 'succeeded', output: undefined });
  return {
    ended,
    cancel(_reason, how) {
      if (how === 'kill' || behaviour === 'obeys') resolve({ is: 'cancelled' });
    },
  };
}
