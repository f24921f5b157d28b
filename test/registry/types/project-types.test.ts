import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Pipeline } from '../../../src/model/pipeline.ts';
import { startCompiler } from '../../../src/registry/types/compiler.ts';
import { projectTypes } from '../../../src/registry/types/project-types.ts';
import { definition, placeOfStep, project, steps } from './project.ts';

const at = placeOfStep(0);

test('the declarations type-check where only the binary is installed, and say what tasks and runs give', async () => {
  using made = project({
    'tasks/rows.ts': `import { task } from 'dp';
export const load = task({ tags: ['etl'] }, async ({ year }: { year: number }) => [{ year, delay: 1 }]);
export function count({ load }: { load: readonly unknown[] }) { return load.length; }`,
    'use.ts': `const rows: dp.Tasks['load']['output'] = [{ year: 1, delay: 2 }];
const params: dp.Tasks['load']['params'] = { year: 2001 };
const result: dp.Pipelines['flights']['results']['load'] = rows;
const counts: dp.Pipelines['flights']['results']['count'] = undefined;
const hidden: dp.Tasks['hidden']['output'] = 'a';
const shell: dp.Pipelines['flights']['results']['publish'] = { exitCode: 0, stdout: '', stderr: '', truncated: false };
const given: dp.Pipelines['flights']['params'] = {};
const wrong: dp.Tasks['count']['output'] = 'many';
const alsoWrong: dp.Pipelines['flights']['params'] = { year: 'x' };
export { rows, params, result, counts, hidden, shell, given, wrong, alsoWrong };`,
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        strict: true,
        target: 'esnext',
        module: 'nodenext',
        noEmit: true,
        types: [],
      },
      include: ['**/*.ts'],
    }),
  });
  const module = join(made.root, 'tasks/rows.ts');
  const tasks = [
    definition(module, 'load', { exportName: 'load' }),
    definition(module, 'count', { exportName: 'count' }),
    definition(module, 'hidden', { output: { schema: { enum: ['a', 'b'] } } }),
  ];
  const specs = steps([{ name: 'load' }, { name: 'count', when: 'params.year > 1' }], tasks).map(
    ({ spec }) => spec,
  );
  const publish = {
    ...specs[0]!,
    name: 'publish',
    work: { is: 'shell', command: { value: 'true', at } },
  } as const;
  const pipeline: Pipeline = {
    name: 'flights',
    file: join(made.root, 'flights.yaml'),
    folder: made.root,
    modules: [],
    params: new Map([['year', { name: 'year', schema: { type: 'integer' }, default: 2001, at }]]),
    env: [],
    secrets: [],
    tasks: new Map([...specs, publish].map((spec) => [spec.name, spec])),
    defaults: {},
    pools: new Map(),
    timeout: null,
    triggers: [],
    at,
  };
  made.write('dp-project.d.ts', projectTypes({ tasks, pipelines: [pipeline], folder: made.root }));

  using compiler = startCompiler(made.root);
  const { program } = compiler.open(join(made.root, 'tsconfig.json'));
  const use = join(made.root, 'use.ts');
  const lines = program
    .getSemanticDiagnostics(use)
    .map(({ pos }) => program.getSourceFile(use)!.text.slice(0, pos).split('\n').length);
  expect(lines).toEqual([8, 9]);
  for (const file of [module, join(made.root, 'dp-project.d.ts')]) {
    expect(program.getSemanticDiagnostics(file).map(({ text }) => text)).toEqual([]);
    expect(program.getSyntacticDiagnostics(file).map(({ text }) => text)).toEqual([]);
  }
});
