/** What every kind of worker keeps to, whatever carries out its jobs. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type {
  Job,
  Placement,
  WorkerListener,
  WorkerPool,
} from '../../../src/executor/ports/worker.ts';
import type { AttemptOutcome } from '../../../src/executor/ports/workforce.ts';

/** `answers` ends by itself, `obeys` ends when it is asked to, `stubborn` only by force; on threads and in processes these two report progress first. */
export type Behaviour = 'answers' | 'obeys' | 'stubborn';

export interface Opened {
  readonly pool: WorkerPool;
  readonly job: (behaviour: Behaviour, token: number) => Job;
}

export interface Kind {
  readonly name: string;
  /** False for a kind whose jobs hold no place. */
  readonly takesPlaces: boolean;
  open(listener: WorkerListener): Opened;
}

/** Longer than any test may take: what ends by then was not waited for. */
const LONG_GRACE_MS = 3_600_000;

export function workerContract(kind: Kind): void {
  const open = (): Bench => {
    const bench = new Bench(kind);
    onTestFinished(() => bench.pool.close());
    return bench;
  };

  describe(`workers: ${kind.name}`, () => {
    test('a job that is sent is answered, and its place is free again', async () => {
      const bench = open();
      const { begins, send } = bench.place('answers');
      expect(begins).toBe(true);
      expect(bench.pool.busy).toBe(kind.takesPlaces ? 1 : 0);
      send();
      expect(await bench.ended(1)).toMatchObject({ is: 'succeeded' });
      expect(bench.pool.busy).toBe(0);
    });

    test('one job after another is answered', async () => {
      const bench = open();
      for (const token of [1, 2, 3]) {
        bench.place('answers', token).send();
        expect(await bench.ended(token)).toMatchObject({ is: 'succeeded' });
      }
    });

    test('a job that is asked to stop may end by itself within the grace', async () => {
      const bench = open();
      const { worker, send } = bench.place('obeys');
      send();
      await bench.isUnderWay();
      const grace = worker.stop(bench.jobs.get(1)!, 'timed_out', LONG_GRACE_MS);
      expect(await bench.ended(1)).toMatchObject({ is: 'failed' });
      grace.clear();
    });

    test.each(['timed_out', 'cancelled'] as const)(
      'a job that minds nothing is ended after the grace when it has %s',
      async (why) => {
        const bench = open();
        const { worker, send } = bench.place('stubborn');
        send();
        await bench.isUnderWay();
        worker.stop(bench.jobs.get(1)!, why, 10);
        expect(await bench.ended(1)).toMatchObject({ is: 'failed' });
      },
    );

    test('a worker that is killed ends its job, and the next job finds another one', async () => {
      const bench = open();
      const { worker, send } = bench.place('stubborn');
      send();
      await bench.isUnderWay();
      worker.kill();
      expect(await bench.ended(1)).toMatchObject({ is: 'failed' });
      bench.place('answers', 2).send();
      expect(await bench.ended(2)).toMatchObject({ is: 'succeeded' });
    });

    test('a job that waits in a line is taken back, where there are lines', async () => {
      const bench = open();
      bench.place('answers', 1).send();
      await bench.ended(1);
      expect(bench.pool.hasRoomAhead === undefined).toBe(bench.pool.recallAll === undefined);
      if (bench.pool.recallAll === undefined) return;
      bench.place('stubborn', 2).send();
      const { begins, send } = bench.place('answers', 3, true);
      expect(begins).toBe(false);
      send();
      bench.pool.recallAll();
      expect(bench.takenBack).toEqual([3]);
    });

    test('closing ends running work, and no worker is left afterwards', async () => {
      const bench = open();
      const { send } = bench.place('stubborn');
      send();
      await bench.isUnderWay();
      await bench.pool.close();
      expect(bench.pool.busy).toBe(0);
    });
  });
}

/** A pool that is open, and what its listener has heard. */
class Bench {
  readonly jobs = new Map<number, Job>();
  readonly pool: WorkerPool;
  readonly takenBack: number[] = [];
  readonly #job: Opened['job'];
  readonly #outcomes = new Map<number, Promise<AttemptOutcome>>();
  readonly #answers = new Map<number, (outcome: AttemptOutcome) => void>();
  readonly #reported = Promise.withResolvers<void>();

  constructor(kind: Kind) {
    const listener: WorkerListener = {
      begun: () => undefined,
      served: () => undefined,
      reported: () => this.#reported.resolve(),
      silent: () => undefined,
      ended: (token, outcome) => this.#answers.get(token)?.(outcome),
      takenBack: (token) => this.takenBack.push(token),
      failed: (error) => {
        throw error;
      },
    };
    const { pool, job } = kind.open(listener);
    this.pool = pool;
    this.#job = job;
  }

  place(behaviour: Behaviour, token = 1, ahead = false): Placement {
    const job = this.#job(behaviour, token);
    this.jobs.set(token, job);
    const { promise, resolve } = Promise.withResolvers<AttemptOutcome>();
    this.#outcomes.set(token, promise);
    this.#answers.set(token, resolve);
    return this.pool.place(job, ahead);
  }

  /** A job on a thread or in a process says so itself; the others are under way once they are sent. */
  async isUnderWay(token = 1): Promise<void> {
    if (this.jobs.get(token)?.input.is === 'function') await this.#reported.promise;
  }

  async ended(token: number): Promise<AttemptOutcome | undefined> {
    return this.#outcomes.get(token);
  }
}
