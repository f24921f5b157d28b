import { describe, expect, test } from 'vitest';
import { absentOutputs } from '../../src/planner/absence.ts';
import { checkableTasks } from '../../src/planner/checkable.ts';
import { pipelineFrom, registryOf } from './pipelines.ts';

/** Who reads whose output although there may be none: `reader <- task (why)`. */
async function absences(...tasks: readonly string[]): Promise<string[]> {
  const yaml = `name: p
params: { on: { type: boolean, default: true } }
tasks:
  may: { when: "\${params.on}", run: echo }
  must: { run: echo }
  forgiven: { fail_safe: true, run: echo }
  given: { fail_safe: true, task: f }
${tasks.join('\n')}
`;
  const checked = checkableTasks(await pipelineFrom(yaml), registryOf('f(x?)'));
  return absentOutputs(checked).map(({ message }) => {
    const [, reader, task, why] = /"(.*)" reads the output of "(.*)", .* \((.*)\)/.exec(message)!;
    return `${reader} <- ${task} (${why})`;
  });
}

const hook = (kind: string, output: string): string =>
  `hooks: { ${kind}: { h: { run: 'echo ${output}' } } }`;

const OF_MAY = '${tasks.may.output.stdout}';
const OF_MUST = '${tasks.must.output.stdout}';
const OF_FORGIVEN = '${tasks.forgiven.output.stdout}';

describe('an expression needs an output', () => {
  test('that is there whenever its task runs', async () => {
    expect(
      await absences(
        `  a: { run: 'echo ${OF_MUST} ${OF_MAY}' }`,
        `  b: { trigger_rule: none_failed, run: 'echo ${OF_MUST}' }`,
        `  c: { trigger_rule: one_success, run: 'echo ${OF_MAY}' }`,
      ),
    ).toEqual([]);
  });

  test.each([
    ['fail_safe', `run: 'echo ${OF_FORGIVEN}'`, 'a <- forgiven (fail_safe)'],
    ['a condition', `trigger_rule: none_failed, run: 'echo ${OF_MAY}'`, 'a <- may (when)'],
    [
      'the trigger rule',
      `trigger_rule: all_done, run: 'echo ${OF_MUST}'`,
      'a <- must (the trigger rule)',
    ],
    [
      'in a condition',
      `when: '\${tasks.forgiven.output.exitCode == 0}', run: echo`,
      'a <- forgiven (fail_safe)',
    ],
    ['in a text', `task: f, with: { x: 'is ${OF_FORGIVEN}' }`, 'a <- forgiven (fail_safe)'],
    ['of a part', `task: f, with: { x: '${OF_FORGIVEN}' }`, 'a <- forgiven (fail_safe)'],
    [
      'over a list',
      `task: f, map: { over: '\${tasks.given.output}', as: x }`,
      'a <- given (fail_safe)',
    ],
  ])('that may be absent by %s', async (_, task, told) => {
    expect(await absences(`  a: { ${task} }`)).toEqual([told]);
  });

  test.each([
    [
      'it asks first',
      "run: 'echo ${has(tasks.forgiven.output) ? tasks.forgiven.output.stdout : 0}'",
    ],
    [
      'another part decides',
      "when: '${params.on || tasks.forgiven.output.exitCode == 0}', run: echo",
    ],
    ['it takes undefined', "task: f, with: { x: '${tasks.forgiven.output}' }"],
    ['it reads the status only', "run: 'echo ${tasks.forgiven.status}'"],
  ])('or none: %s', async (_, task) => {
    expect(await absences(`  a: { ${task} }`)).toEqual([]);
  });

  test('in a hook as the run may have ended before it, unless the run succeeded', async () => {
    expect(await absences(hook('on_failure', OF_MUST))).toEqual(['h <- must (on_failure)']);
    expect(await absences(hook('on_finish', OF_MUST))).toEqual(['h <- must (on_finish)']);
    expect(await absences(hook('on_success', OF_MUST))).toEqual([]);
    expect(await absences(hook('on_success', OF_MAY))).toEqual(['h <- may (when)']);
  });
});
