/** One run whose world moves when the test says so: its clock, its workers, and the store of its results. */
import { beforeEach, expect, test } from 'vitest';
import { compileExpressions } from '../../src/config/expressions/compiled-expressions.ts';
import { Execution } from '../../src/executor/execution.ts';
import type {
  Attempt,
  AttemptOutcome,
  Wait,
  Workforce,
  WorkforceListener,
} from '../../src/executor/ports/workforce.ts';
import type { ExecuteRequest } from '../../src/executor/request.ts';
import { isLifecycle, type RecordedEvent, type WaitRecord } from '../../src/model/event.ts';
import type { Digest } from '../../src/model/ids.ts';
import type { ResultRef } from '../../src/model/result.ts';
import { pipelineFrom, planOf, registryOf, request } from '../planner/pipelines.ts';
import type { EarlierWait } from '../../src/executor/run/earlier-work.ts';
import { HandClock } from './hand-clock.ts';

/** Position of the newest event on the bus. */
const NEWEST = 7;
let clock: HandClock;
let events: RecordedEvent[];
let workers: Workers;
/** What was brought to the disk, in order. */
let flushed: string[];

/** Starts attempts at once, and ends them when the test says how. */
class Workers implements Workforce {
  readonly room = 'now';
  readonly underWay = new Map<string, Attempt>();
  readonly waits = new Map<string, Wait>();
  readonly #listener: WorkforceListener;

  constructor(listener: WorkforceListener) {
    this.#listener = listener;
  }

  get isIdle(): boolean {
    return this.underWay.size === 0;
  }

  startFunction(attempt: Attempt): () => void {
    this.underWay.set(attempt.task.name, attempt);
    this.#listener.begun(attempt, attempt.number, 1);
    return () => undefined;
  }

  startCommand(attempt: Attempt): () => void {
    return this.startFunction(attempt);
  }

  startPipeline(attempt: Attempt): () => void {
    return this.startFunction(attempt);
  }

  startWait(attempt: Attempt, wait: Wait): () => void {
    this.waits.set(attempt.task.name, wait);
    return this.startFunction(attempt);
  }

  /** The attempt ends, and the run takes its turn. */
  end(task: string, outcome: AttemptOutcome = succeeded(task)): void {
    this.#listener.answered(this.#take(task), outcome, 1);
    clock.pass(0);
  }

  /** Its thread dies before the attempt's first step. */
  die(task: string): void {
    this.#listener.takenBack(this.#take(task), true);
    clock.pass(0);
  }

  #take(task: string): Attempt {
    const attempt = this.underWay.get(task);
    if (attempt === undefined) throw new Error(`${task} is not under way`);
    this.underWay.delete(task);
    return attempt;
  }

  stopAll(): void {
    for (const task of this.underWay.keys()) this.end(task, { is: 'cancelled' });
  }

  stop(): void {}
  expire(): void {}
  recallAll(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const ref = (task: string): ResultRef => {
  return { is: 'value', run: 'run-1', task, id: 'a1.1', bytes: 1, digest: task };
};

const succeeded = (task: string): AttemptOutcome => ({ is: 'succeeded', output: ref(task) });

const FAILED: AttemptOutcome = {
  is: 'failed',
  failure: { reason: 'failed', retryable: true },
  error: { name: 'Error', message: 'no' },
};

interface World {
  /** Says whether the stored result of a task is there; absent: none is on record. */
  readonly has?: () => Promise<boolean>;
  readonly request?: Pick<ExecuteRequest, 'earlier' | 'parent'>;
}

async function begin(yaml: string, { has, request: more = {} }: World = {}): Promise<Execution> {
  const pipeline = await pipelineFrom(`name: p\nmodules: [./tasks.ts]\n${yaml}`);
  const plan = planOf(pipeline, { registry: registryOf('work(value?)', 'hook()') });
  const output = ref('stored');
  const cached = (key: string) => {
    return { key, run: 'run-0', task: 'work', output, storedAt: 0, expiresAt: null };
  };
  const execution = new Execution(
    {
      plan,
      at: 0,
      runId: 'run-1',
      owner: { host: 'h', pid: 1 },
      epoch: 1,
      jobs: 2,
      byLevel: false,
      onFailure: 'continue',
      graceMs: 1_000,
      cache: { read: true, write: false },
      env: {},
      declaredEnv: {},
      secrets: [],
      surroundings: request(pipeline).surroundings,
      ...more,
    },
    {
      store: {
        append: (_run, told) => events.push(...told),
        cached: (key) => (has === undefined ? [] : [cached(key)]),
        release: () => undefined,
        flush: () => void flushed.push('record'),
        slots: {
          take: () => true,
          giveBack: () => undefined,
          held: () => [],
          waiting: () => [],
        },
        bus: { last: () => NEWEST, publish: () => NEWEST, read: () => [] },
      },
      broker: { publish: () => undefined },
      io: {
        has: has ?? (() => Promise.resolve(false)),
        load: () => Promise.resolve(undefined),
        flush: async () => void flushed.push('results'),
      },
      files: {
        declared: () => [],
        notesOf: async () => [],
        hold: () => true,
        putBack: async () => true,
      },
      expressions: await compileExpressions(pipeline),
      clock,
      workforce: (listener) => (workers = new Workers(listener)),
    },
  );
  clock.pass(0);
  return execution;
}

/** What is on record of a task, in order. */
const told = (task: string): string[] =>
  events
    .filter((event) => event.task === task)
    .map(({ topic, attempt }) => topic.replace('run.task.', '') + (attempt ? ` ${attempt}` : ''));

beforeEach(() => {
  clock = new HandClock();
  events = [];
  flushed = [];
});

test('the results of a run are flushed before its record', async () => {
  const run = await begin('tasks: { work: {} }\n');
  workers.end('work');
  await run.ended;
  expect(flushed).toEqual(['results', 'record']);
});

test('the record of a run that works for another is flushed with that of the other', async () => {
  const parent = { runId: 'run-0', task: 'child' };
  const run = await begin('tasks: { work: {} }\n', { request: { parent } });
  workers.end('work');
  await run.ended;
  expect(flushed).toEqual(['results']);
});

test('a run whose tasks ended in time has not failed when a hook outlasts its timeout', async () => {
  const run = await begin('timeout: 2\ntasks: { work: {} }\nhooks: { on_finish: { hook: {} } }\n');
  workers.end('work');
  clock.pass(60_000);
  expect([...workers.underWay.keys()]).toEqual(['hook']);
  workers.end('hook');
  expect(await run.ended).toEqual({ status: 'succeeded', timedOut: false, hookFailed: false });
});

test('a run whose tasks do not end in time has failed', async () => {
  const run = await begin('timeout: 2\ntasks: { work: {} }\n');
  clock.pass(2_000);
  expect(await run.ended).toEqual({ status: 'failed', timedOut: true, hookFailed: false });
});

test('a task starts nothing when its run was stopped while its stored result was looked for', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const run = await begin('tasks: { work: { cache: true } }\n', { has: () => promise });
  run.cancel('SIGINT', 'drain');
  clock.pass(0);
  resolve(true);
  await expect.poll(() => clock.armed.size).toBe(1);
  clock.pass(0);
  expect((await run.ended).status).toBe('cancelled');
  expect(told('work')).toEqual(['cancelled']);
});

test('a stored result stands in for a task when its run was not stopped meanwhile', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const run = await begin('tasks: { work: { cache: true } }\n', { has: () => promise });
  resolve(true);
  await expect.poll(() => clock.armed.size).toBe(1);
  clock.pass(0);
  expect((await run.ended).status).toBe('succeeded');
  expect(told('work')).toEqual(['cached']);
});

test('an attempt whose thread died before its first step uses up no retry', async () => {
  const run = await begin('tasks: { work: { max_retries: 1, retry: { delay: 1 } } }\n');
  workers.die('work');
  workers.end('work', FAILED);
  clock.pass(1_000);
  workers.end('work', FAILED);
  expect((await run.ended).status).toBe('failed');
  expect(told('work')).toEqual([
    'ready',
    'started 1',
    'started 1',
    'retrying 1',
    'started 2',
    'failed 2',
  ]);
});

test('a hook that an earlier holder of the run finished does not run again', async () => {
  const earlier = {
    outputs: new Map([['hook', ref('hook')]]),
    reused: new Set<string>(),
    attempts: new Map([['hook', 1]]),
    elements: new Map(),
    waits: new Map(),
  };
  const run = await begin(
    'tasks: { work: {} }\nhooks: { on_finish: { hook: {}, last: { task: hook } } }\n',
    { request: { earlier } },
  );
  workers.end('work');
  workers.end('last');
  expect((await run.ended).status).toBe('succeeded');
  expect(told('hook')).toEqual([]);
  expect(told('last')).toEqual(['ready', 'started 1', 'succeeded 1']);
});

test.each<[string, EarlierWait | undefined, Partial<WaitRecord>]>([
  ['begins behind the newest event', undefined, { after: NEWEST, since: 3_000, until: 5_000 }],
  [
    'goes on where its last holder was',
    { after: 4, since: 1_000, until: 3_500 },
    { after: 4, since: 1_000, until: 3_500 },
  ],
  [
    'has its time again when it had ended',
    { after: 4, since: 1_000 },
    { after: 4, since: 1_000, until: 5_000 },
  ],
])('a wait %s, and records it', async (_, before, expected) => {
  const waits = new Map(before === undefined ? [] : [['arrival', before]]);
  const earlier = {
    outputs: new Map(),
    reused: new Set<string>(),
    attempts: new Map(),
    elements: new Map(),
    waits,
  };
  clock.pass(3_000);
  const run = await begin('tasks: { arrival: { wait_for: { event: x, timeout: 2 } } }\n', {
    request: { earlier },
  });
  expect(workers.waits.get('arrival')).toMatchObject({ event: 'x', ...expected });
  const started = events.find(({ topic }) => topic === 'run.task.started');
  expect(started?.data).toMatchObject({ wait: { event: 'x', ...expected } });
  workers.end('arrival');
  expect((await run.ended).status).toBe('succeeded');
});

/** A run whose earlier holder had finished the first element of a mapped task. */
const holding = (key: Digest | null): World => {
  const elements = new Map([['work', { key, outputs: new Map([[0, ref('work')]]) }]]);
  const earlier = {
    outputs: new Map(),
    reused: new Set<string>(),
    attempts: new Map(),
    elements,
    waits: new Map(),
  };
  return { request: { earlier } };
};

test('elements that an earlier holder of the run finished stand only while the task has the same key', async () => {
  const yaml = 'tasks: { work: { map: { over: "${[1, 2]}", as: value } } }\n';
  const started = (): unknown[] =>
    events.filter(({ topic }) => topic === 'run.task.started').map(({ element }) => element);
  await begin(yaml, holding('of other work'));
  expect(started()).toEqual([0, 1]);
  const [key] = events.flatMap((event) =>
    isLifecycle(event) && event.topic === 'run.task.ready' ? [event.data.key] : [],
  );
  events = [];
  await begin(yaml, holding(key ?? null));
  expect(started()).toEqual([1]);
});
