import { expect, test } from 'vitest';
import { keepBeating } from '../../src/app/running/heartbeat.ts';
import { Fault } from '../../src/model/fault.ts';
import { BEAT_EVERY_MS } from '../../src/store/process-identity.ts';

/** A clock that stands still until `pass` rings what is due. */
function standing() {
  const due: { afterMs: number; act: () => void }[] = [];
  return {
    now: () => 0,
    elapsed: () => 0,
    soon: () => ({ clear: () => undefined }),
    after: (afterMs: number, act: () => void) => {
      const timer = { afterMs, act };
      due.push(timer);
      return { clear: () => void due.splice(due.indexOf(timer), 1) };
    },
    pass: () => due.splice(0).forEach(({ act }) => act()),
    due,
  };
}

test('a running run sends heartbeats until it has ended', () => {
  const clock = standing();
  const beats: string[] = [];
  const beat = (run: string): boolean => beats.push(run) > 0;
  const heartbeat = keepBeating({ store: { beat }, clock }, 'a', { cancel: () => undefined });
  expect(clock.due).toMatchObject([{ afterMs: BEAT_EVERY_MS }]);
  clock.pass();
  clock.pass();
  heartbeat[Symbol.dispose]();
  expect({ beats, due: clock.due }).toEqual({ beats: ['a', 'a'], due: [] });
});

test('a run that another process has taken over is killed here; a state that fails kills nothing', () => {
  const clock = standing();
  const answers: (boolean | Fault)[] = [new Fault('DP8002', 'the disk is full'), true, false];
  const beat = (): boolean => {
    const answer = answers.shift();
    if (answer instanceof Fault) throw answer;
    return answer === true;
  };
  const cancels: string[] = [];
  const cancel = (reason: string, how: string): void => void cancels.push(`${how}: ${reason}`);
  using _ = keepBeating({ store: { beat }, clock }, 'a', { cancel });
  clock.pass();
  clock.pass();
  expect(cancels).toEqual([]);
  clock.pass();
  expect(cancels).toEqual(['kill: another process has taken the run over']);
});
