import { expect, test } from 'vitest';
import { cancelListener, cancelRun } from '../../src/app/running/cancel.ts';
import { foldRun } from '../../src/model/run.ts';
import { Fault } from '../../src/model/fault.ts';
import { thisProcess } from '../../src/store/process-identity.ts';
import type { CancelRequest } from '../../src/store/run-store.ts';
import { newRun, requestWith, started, taskFailed, taskSucceeded } from '../store/samples.ts';
import { Home } from './home.ts';

const DRAIN: CancelRequest = { how: 'drain', reason: 'enough' };
const GONE = { ...thisProcess(), pid: 2 ** 22 + 1 };
const request = (...tasks: string[]): Uint8Array =>
  requestWith({
    tasks: tasks.map((name) => ({ name, id: '', codeHash: '', level: 0, dependsOn: [] })),
  });

test('each way to cancel is passed on once, and a store that cannot be read is asked again', () => {
  const answers: (CancelRequest | undefined | 'locked')[] = [
    undefined,
    'locked',
    DRAIN,
    DRAIN,
    { ...DRAIN, how: 'kill' },
    { ...DRAIN, how: 'kill' },
  ];
  const cancels: string[] = [];
  const cancelAsked = (): CancelRequest | undefined => {
    const answer = answers.shift();
    if (answer === 'locked') throw new Fault('DP8005', 'stays locked');
    return answer;
  };
  const cancel = (reason: string, how: string): unknown => cancels.push(`${how}: ${reason}`);
  const look = cancelListener({ cancelAsked }, 'a', { cancel });
  while (answers.length > 0) look();
  expect(cancels).toStrictEqual(['drain: enough', 'kill: enough']);
});

test('a crashed run is recorded as cancelled: every task that had not ended, and the run', () => {
  using home = new Home();
  const { store } = home.open;
  store.begin(newRun('a', { owner: GONE, request: request('x', 'y', 'z', 'later') }));
  store.append('a', [started('a'), taskSucceeded('a', 'x'), taskFailed('a', 'y')]);
  expect(cancelRun(home.open, 'a', DRAIN, 9_000)).toBe('recorded');
  const run = foldRun(
    'a',
    [...store.read('a')].map(({ event }) => event),
  );
  const statuses = Object.fromEntries([...run.tasks].map(([name, { status }]) => [name, status]));
  expect(statuses).toStrictEqual({
    x: 'succeeded',
    y: 'failed',
    z: 'cancelled',
    later: 'cancelled',
  });
  expect(run).toMatchObject({ status: 'cancelled', finishedAt: 9_000 });
  expect(store.get('a')).toMatchObject({ status: 'cancelled', finishedAt: 9_000 });
  expect(store.holder('a')).toBeUndefined();
  expect([...store.read('a')].at(-1)?.event.data).toStrictEqual({
    reason: 'enough',
    why: { is: 'cancelled', words: 'enough' },
    totals: { succeeded: 1, cached: 0, failed: 1, skipped: 0, upstreamFailed: 0, cancelled: 2 },
  });
});

test('a run that waits for a holder is cancelled too', () => {
  using home = new Home();
  const { store } = home.open;
  store.begin(newRun('a', { request: request('x') }));
  store.release('a');
  expect(cancelRun(home.open, 'a', DRAIN, 9_000)).toBe('recorded');
  expect(store.get('a')?.status).toBe('cancelled');
});

test('a living holder is asked', () => {
  using home = new Home();
  const { store } = home.open;
  store.begin(newRun('a', { owner: thisProcess() }));
  expect(cancelRun(home.open, 'a', DRAIN, 9_000)).toBe('asked');
  expect(store.cancelAsked('a')).toEqual(DRAIN);
});

test('a run that has ended cannot be cancelled, nor one that is not there', async () => {
  using home = new Home();
  await home.run('a', ['x']);
  const codeOf = (run: string): string => {
    try {
      return cancelRun(home.open, run, DRAIN, 1);
    } catch (error) {
      return error instanceof Fault ? error.code : String(error);
    }
  };
  expect(codeOf('a')).toBe('DP6009');
  expect(codeOf('nobody')).toBe('DP2007');
});
