/** Tasks that wait for an event, in a plan. */
import { expect, test } from 'vitest';
import { dot, graphJson, mermaid } from '../../src/views/graph.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import type { Plan } from '../../src/model/plan.ts';
import { pipelineFrom, planOf, taskIn } from './pipelines.ts';

async function planned(wait: string, defaults = '{}'): Promise<Plan> {
  const yaml = `name: p\ndefaults: ${defaults}\ntasks:\n  a: { wait_for: ${wait} }\n  b: { run: 'echo \${tasks.a.output.topic}' }\n`;
  return planOf(await pipelineFrom(yaml));
}

test('a wait does not take settings of attempts from the defaults', async () => {
  const plan = await planned(
    '{ event: x }',
    '{ timeout: 60, max_retries: 3, retry: { delay: 9 }, cache: true, queue_timeout: 1, fail_safe: true }',
  );
  expect(taskIn(plan, 'a').settings).toEqual({ ...DEFAULT_SETTINGS, failSafe: true });
  expect(taskIn(plan, 'a').decision).toMatchObject({ action: 'run' });
  expect(taskIn(plan, 'b').dependsOn).toEqual([{ task: 'a', kind: 'control' }]);
});

test('what a wait may give is part of its id, and how long it waits only of the id of the plan', async () => {
  const plain = await planned('{ event: x }');
  const limited = await planned('{ event: x, timeout: 5 }');
  expect(taskIn(limited, 'a').id).toBe(taskIn(plain, 'a').id);
  expect(limited.planId).not.toBe(plain.planId);
  const others = [await planned('{ event: y }'), await planned('{ event: x, when: "${true}" }')];
  const ids = [plain, ...others].map((plan) => taskIn(plan, 'a').id);
  expect(new Set(ids).size).toBe(3);
});

test('a wait has a shape of its own in graphs, and its pattern in JSON', async () => {
  const plan = await planned('{ event: data.*, timeout: 5 }');
  expect(mermaid(plan)).toContain('t0{{"a"}}');
  expect(dot(plan)).toContain('"a" [shape=hexagon, style=solid];');
  expect(graphJson(plan)).toMatchObject({
    nodes: [{ name: 'a', waitFor: { event: 'data.*', when: null, timeout: 5 } }, { name: 'b' }],
  });
});
