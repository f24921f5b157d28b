import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startCompiler } from '../../../src/registry/types/compiler.ts';
import { dpDeclarations } from '../../../src/registry/types/declarations.ts';
import { project } from './project.ts';

const sources = join(import.meta.dirname, '../../../src/registry/authoring/task-modules.ts');
const TYPES = [
  'Duration',
  'Json',
  'JsonObject',
  'LogLine',
  'RetryOptions',
  'Required<RetryOptions>',
  'Schema',
  'SchemaIssue',
  'TaskContext',
  'TaskFn',
  'TaskLog',
  'TaskOptions',
  // Where every member is optional, a type that lacks some is assignable, too.
  'Required<TaskOptions>',
  'TaskDef',
  'TaskDef<(params: { a: number }) => Promise<string>>',
  'StandardSchema',
  'StandardSchema<number>',
  'SchemaResult<string>',
  'Output<Promise<Map<string, number>>>',
  'Output<AsyncGenerator<number, void, void>>',
  'Output<Generator<string>>',
  'Output<string | Promise<number>>',
];

const OPTIONS = {
  strict: true,
  target: 'esnext',
  module: 'nodenext',
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
  types: ['node'],
  typeRoots: [join(import.meta.dirname, '../../../node_modules/@types')],
};

test('the declarations that dp carries mean the same as its sources', () => {
  const checks = TYPES.map((type, n) => {
    const of = (module: string) =>
      type.replaceAll(/\b[A-Z]\w+\b/g, (name) =>
        /^(?:Promise|Map|AsyncGenerator|Generator|Required)$/.test(name)
          ? name
          : `${module}.${name}`,
      );
    return `export const c${n}: Same<${of('carried')}, ${of('source')}> = true;`;
  });
  using made = project({
    'dp.d.ts': dpDeclarations(),
    'same.ts': `import type * as carried from './dp.d.ts';
import type * as source from ${JSON.stringify(sources)};
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : [A, B] extends [B, A] ? true : false;
${checks.join('\n')}
export const task: Same<typeof carried.task, typeof source.task> = true;
export const error: Same<carried.NonRetryableError, source.NonRetryableError> = true;
export const names: Same<Exclude<keyof typeof source, keyof typeof carried>, never> = true;
`,
    'tsconfig.json': JSON.stringify({
      compilerOptions: OPTIONS,
      files: ['same.ts'],
    }),
  });
  using compiler = startCompiler(made.root);
  const { program } = compiler.open(join(made.root, 'tsconfig.json'));
  const text = program.getSourceFile(join(made.root, 'same.ts'))!.text;
  const wrong = program
    .getSemanticDiagnostics(join(made.root, 'same.ts'))
    .map(({ pos, text: why }) => `${text.slice(pos).split('\n')[0]}: ${why}`);
  expect(wrong).toEqual([]);
});

test('every public name is declared, and every setting with its meaning and default', () => {
  const declarations = dpDeclarations();
  const names = [...readFileSync(sources, 'utf8').matchAll(/export (?:type )?\{([^}]*)\}/g)]
    .flatMap(([, list = '']) => list.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  expect(names).toContain('task');
  const isDeclared = (name: string) =>
    new RegExp(`^export (?:type|interface|declare (?:class|function)) ${name}\\b`, 'm').test(
      declarations,
    );
  expect(names.filter((name) => !isDeclared(name))).toEqual([]);
  expect(declarations).toContain(`
  /** Limit on all attempts together, from the start of the first, waits between them included. Default: none. */
  readonly totalTimeout?: Duration | null;
`);
  expect(declarations).toContain('/** With streamOutput: a new attempt');
});

test('a task module is checked alike against both', () => {
  const module = `import { task, NonRetryableError, type TaskContext } from 'dp';
export const right = task({ tags: ['a'], timeout: '1m', retry: { jitter: 0.5 } }, async ({ rows }: { rows: number[] }, ctx) => {
  ctx.log.info({ n: rows.length }, 'counted');
  ctx.progress(1);
  if (rows.length === 0) throw new NonRetryableError('nothing');
  return rows.length;
});
export const length: Promise<number> = right({ rows: [] }, {} as TaskContext);
export const typo = task({ tag: ['a'] }, () => 1);
export const badRule = task({ triggerRule: 'some' }, () => 1);
export const badParameter = right({ rows: 'none' }, {} as TaskContext);
`;
  const wrongLines = (dp: string) => {
    using made = project({
      'module.ts': module,
      'dp.d.ts': dpDeclarations(),
      'tsconfig.json': JSON.stringify({
        compilerOptions: { ...OPTIONS, paths: { dp: [dp] } },
        files: ['module.ts'],
      }),
    });
    using compiler = startCompiler(made.root);
    const { program } = compiler.open(join(made.root, 'tsconfig.json'));
    return program
      .getSemanticDiagnostics(join(made.root, 'module.ts'))
      .map(({ pos }) => module.slice(0, pos).split('\n').length);
  };
  expect(wrongLines('./dp.d.ts')).toEqual([9, 10, 11]);
  expect(wrongLines(sources)).toEqual([9, 10, 11]);
});
