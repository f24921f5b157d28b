import { expect, test } from 'vitest';
import { Rig } from './rig.ts';

/** Chances that come out the same every time: what task number n does in its first attempt. */
const CODE = `
  import { note } from './sync.ts';
  const chance = (n) => { const x = Math.sin(n * 12.9898) * 43758.5453; return x - Math.floor(x); };
  export const work = async (inputs, { task, attempt }) => {
    const n = Number(task.slice(1));
    note(task + ' ' + attempt);
    if (attempt === 1) {
      const p = chance(n);
      if (p < 0.003) while (true) {}
      if (p < 0.009) process.exit(7);
      if (p < 0.014) { setImmediate(() => { throw new Error('callback') }); await new Promise(() => {}); }
      if (p < 0.030) throw new Error('thrown');
      if (p < 0.035) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return n;
  };`;

test.for([1, 3])(
  'among hangs and crashes every task has one outcome, with -j %i',
  { timeout: 120_000 },
  async (jobs) => {
    using rig = new Rig(CODE);
    const count = 1200;
    const tasks = Array.from({ length: count }, (_, n) => {
      const needs = n % 10 === 9 ? `, needs: [t${n - 1}, t${n - 5}]` : '';
      return `  t${n}: { task: work${needs} }`;
    });
    const defaults = 'defaults: { timeout: 1, max_retries: 4, retry: { delay: 0 } }';
    const ran = await rig.run(`${defaults}\ntasks:\n${tasks.join('\n')}`, { jobs, graceMs: 10 });

    expect(ran.status).toBe('succeeded');
    const outcomes = new Map<string, number>();
    for (const { topic, task } of ran.events)
      if (topic === 'run.task.succeeded') outcomes.set(task!, (outcomes.get(task!) ?? 0) + 1);
    expect(outcomes.size).toBe(count);
    expect(Math.max(...outcomes.values())).toBe(1);

    // Each attempt ran at most once (its time may be up before its first line), and each that ran is on record.
    const begun = rig.read('notes')!.trimEnd().split('\n');
    expect(new Set(begun).size).toBe(begun.length);
    const recorded = ran.events
      .filter(({ topic }) => topic === 'run.task.started')
      .map(({ task, attempt }) => `${task} ${attempt}`);
    expect(new Set(begun).difference(new Set(recorded)).size).toBe(0);
    const ended = ran.events.filter(
      ({ topic }) => /succeeded$|retrying$/.test(topic) && topic.startsWith('run.task'),
    );
    expect(ended).toHaveLength(recorded.length);
  },
);

test('short tasks sent ahead begin once each, in the given order, while threads are still starting up', async () => {
  using rig = new Rig(`export const work = (_, { task }) => ({ task });`);
  const tasks = Array.from({ length: 1500 }, (_, n) => `  t${n}: { task: work }`);
  const ran = await rig.run(`tasks:\n${tasks.join('\n')}`, { jobs: 6 });
  expect(ran.status).toBe('succeeded');
  const told = Map.groupBy(
    ran.events.filter(({ topic }) => topic.startsWith('run.task.')),
    ({ task }) => task,
  );
  for (const events of told.values())
    expect(events.map(({ topic }) => topic)).toEqual([
      'run.task.ready',
      'run.task.started',
      'run.task.succeeded',
    ]);
});
