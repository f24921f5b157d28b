import { expect, test } from 'vitest';
import { Project } from './rig.ts';

const FILES = {
  'p.yaml': `name: shop
modules: [./m.mjs]
tasks:
  orders: { max_retries: 2 }
  prices: {}
  totals: { needs: [orders, prices], timeout: 60 }
  report: { needs: [totals], trigger_rule: all_done }
`,
  'm.mjs': `import { writeFileSync } from 'node:fs';
const ran = (name) => writeFileSync('ran-' + name, '');
export const orders = () => ran('orders');
export const prices = () => ran('prices');
export const totals = ({ orders, prices }) => ran('totals');
export const report = ({ totals }) => ran('report');
`,
};

test('a pipeline is tried out without running a task or leaving a trace', async () => {
  using project = new Project(FILES);
  const before = project.listing();
  const { json } = await project.ok('simulate', 'p.yaml', '--histories', '60', '--json');
  expect(json).toMatchObject({ pipeline: 'shop', histories: 60, violations: [] });
  expect(json.invariants).toContain('an attempt has one outcome at most');
  const names = new Set(json.reasons.map(({ task }: { task: string }) => task));
  expect(names.isSubsetOf(new Set(['orders', 'prices', 'totals', 'report']))).toBe(true);
  expect(project.listing()).toEqual(before);
});

test('the same seed finds the same', async () => {
  using project = new Project(FILES);
  const words = ['simulate', 'p.yaml', '--histories', '40', '--seed', '7'];
  const { out } = await project.ok(...words);
  expect(out).toContain('40 histories');
  expect(out).toContain('invariants held (seed 7)');
  expect((await project.ok(...words)).out).toBe(out);
  expect(out).toContain('durations are drawn at random');
});

test('durations are those of the last run that succeeded', async () => {
  using project = new Project(FILES);
  await project.ok('run', 'p.yaml');
  const { json } = await project.ok('simulate', 'p.yaml', '--histories', '10', '--json');
  expect(json.durationsFrom).toBe((await project.ok('runs', '--json')).json.runs[0].runId);
});
