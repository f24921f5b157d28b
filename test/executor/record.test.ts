import { expect, test } from 'vitest';
import { tookOf } from '../../src/model/run.ts';
import type { RunStore } from '../../src/store/run-store.ts';
import { Rig } from './rig.ts';

/** Hears how many bytes each write brings to the record. */
const counting =
  (heard: (bytes: number) => void) =>
  (real: RunStore): RunStore =>
    new Proxy(real, {
      get(target, verb: keyof RunStore) {
        if (verb === 'append')
          return (...given: Parameters<RunStore['append']>) => {
            heard(JSON.stringify(given[1]).length);
            target.append(...given);
          };
        const member: unknown = target[verb];
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });

test('what is recorded of a task does not grow with the run', async () => {
  using rig = new Rig(`export const work = () => 1;`);
  const bytesFor = async (tasks: number): Promise<number> => {
    let bytes = 0;
    const lines = Array.from({ length: tasks }, (_, n) => `  t${n}: { task: work }`);
    const store = counting((more) => (bytes += more));
    const ran = await rig.run(`tasks:\n${lines.join('\n')}`, { store });
    expect(ran.status).toBe('succeeded');
    return bytes / tasks;
  };
  const few = await bytesFor(100);
  expect(few).toBeGreaterThan(100);
  expect(await bytesFor(2_000)).toBeLessThan(1.1 * few);
});

test(
  'a chain of 10,000 is recorded in as many events a task as a chain of ten',
  { timeout: 120_000 },
  async () => {
    using rig = new Rig(`export const next = (inputs) => (Object.values(inputs)[0] ?? 0) + 1;`);
    const chain = async (tasks: number): Promise<number> => {
      const lines = Array.from({ length: tasks }, (_, n) =>
        n === 0 ? '  t0: { task: next }' : `  t${n}: { task: next, needs: [t${n - 1}] }`,
      );
      const ran = await rig.run(`tasks:\n${lines.join('\n')}`);
      expect(await ran.output(`t${tasks - 1}`)).toBe(tasks);
      return ran.events.filter(({ topic }) => topic.startsWith('run.task.')).length / tasks;
    };
    expect(await chain(10_000)).toBe(await chain(10));
  },
);

test('the time that a run takes does not follow a clock that is set meanwhile', async () => {
  using rig = new Rig('export const work = () => 1;');
  const days = 86_400_000;
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const started = await rig.start('tasks: { a: { task: work } }', { now });
  ahead = 400 * days;
  const { record } = await started.ended;
  expect((record.finishedAt ?? 0) - (record.startedAt ?? Infinity)).toBeGreaterThan(399 * days);
  expect(tookOf(record)).toBeLessThan(60_000);
});
