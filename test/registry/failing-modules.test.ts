/** A module that does not load is told with its place, and hides nobody else's tasks. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { namesOf, Project } from './project.ts';

const FINE = { 'fine.ts': 'export const fine = () => 1;', 'zz.ts': 'export const last = () => 1;' };

test.each<[string, string, string, RegExp]>([
  ['throws', 'type A = 1;\nthrow new TypeError("boom");', 'DP3002 bad.ts:2:7', /TypeError: boom/],
  [
    'throws in a function',
    'const f = (): void => {\n  null!.x;\n};\nf();',
    'DP3002 bad.ts:2:9',
    /null/,
  ],
  ['throws what is no error', 'throw "text";', 'DP3002 bad.ts:1:1', /threw text/],
  [
    'rejects later',
    'Promise.reject(new Error("late"));\nawait new Promise((r) => setTimeout(r, 1e4));',
    'DP3002 bad.ts:1:16',
    /late/,
  ],
  [
    'is no TypeScript',
    'export const a: number = 1;\nexport const b = 1 1;',
    'DP3002 bad.ts:2:19',
    /semicolon/,
  ],
  ['calls process.exit', '\nprocess.exit(3);', 'DP3002 bad.ts:2:9', /process\.exit\(3\)/],
  [
    'imports what is not there',
    'import { a } from "./fime";\nconsole.log(a);',
    'DP3001 bad.ts:1:19',
    /"\.\/fime"/,
  ],
  [
    'imports a package that is not there',
    '\n  import a from "no-such-pkg/x";\nconsole.log(a);',
    'DP3001 bad.ts:2:17',
    /no-such-pkg/,
  ],
  [
    'imports a name that is not there',
    'import { nope } from "./fine";\nconsole.log(nope);',
    'DP3002 bad.ts:1:22',
    /"nope"/,
  ],
  ['loops for ever', 'for (;;) {}', 'DP3007 bad.ts:1:1', /within 1 s/],
  [
    'waits for ever',
    'await new Promise(() => setInterval(() => {}, 1e6));',
    'DP3007 bad.ts:1:1',
    /within 1 s/,
  ],
  ['waits for nothing', 'await new Promise(() => {});', 'DP3007 bad.ts:1:1', /never comes/],
  [
    'calls task() without a function',
    'import { task } from "dp";\ntask(5 as never);',
    'DP3006 bad.ts:2:1',
    /^task\(\) needs a function/,
  ],
])('one that %s', async (_, text, place, message) => {
  using project = new Project({ ...FINE, 'bad.ts': text });
  const discovered = await project.discover(['bad.ts', 'fine.ts', 'zz.ts'], { timeoutMs: 1000 });
  expect(project.told(discovered)).toEqual([place]);
  expect(discovered.diagnostics[0]?.message).toMatch(message);
  expect(namesOf(discovered)).toEqual(['fine', 'last']);
});

test('one whose JavaScript is wrong is reported with line and column, too', async () => {
  using project = new Project({ 'bad.js': '\nconst a = 1 1;\n' });
  expect(project.told(await project.discover(['bad.js']))).toEqual(['DP3002 bad.js:2:12']);
});

test('one that imports a broken file is reported with the place in that file', async () => {
  using project = new Project({
    'bad.ts': 'import "./lib/broken";',
    'lib/broken.ts': '\n\nconst = 1;',
  });
  expect(project.told(await project.discover(['bad.ts']))).toEqual(['DP3002 lib/broken.ts:3:7']);
});

test('one that does not exist is reported', async () => {
  using project = new Project(FINE);
  const discovered = await project.discover(['gone.ts', 'fine.ts']);
  expect(project.told(discovered)).toEqual(['DP3001 gone.ts:1:1']);
  expect(namesOf(discovered)).toEqual(['fine']);
});

test.each([
  ['./lib/claen', 'did you mean "./lib/clean.ts"?'],
  ['./nowhere/x', expect.stringMatching(/^there is no folder ".*nowhere"$/)],
  ['@scope/pkg/deep', 'npm install @scope/pkg'],
  ['pkg', 'npm install pkg'],
])('an import of %s comes with a hint', async (specifier, hint) => {
  using project = new Project({ 'lib/clean.ts': '', 'bad.ts': `import "${specifier}";` });
  const { diagnostics } = await project.discover(['bad.ts']);
  expect(diagnostics[0]?.hint).toEqual(hint);
});

test('a failed import can be handled by the module itself, as in Node', async () => {
  using project = new Project({
    'main.ts': `let code;
      try { await import('no-such-pkg'); } catch (error) { code = error.code; }
      export const main = () => code;`,
  });
  expect((await project.discover(['main.ts'])).diagnostics).toEqual([]);
  expect(await project.call('main.ts', 'main')).toMatchObject({ value: 'ERR_MODULE_NOT_FOUND' });
});

describe('options that do not fit', () => {
  test('are reported all at once, at the call of task()', async () => {
    using project = new Project({
      'bad.ts': `import { task } from 'dp';
export const t = task({ maxRetrys: 3, timeout: -1, retry: { dely: 1 } } as object, () => 1);
task(() => 1);
export const $x = task(() => 1);
export const named = task({ name: 'a b' }, () => 1);`,
    });
    const { diagnostics } = await project.discover(['bad.ts']);
    const told = diagnostics.map((one) => [one.code, project.placeOf(one), one.message, one.hint]);
    expect(new Set(told)).toEqual(
      new Set([
        [
          'DP3006',
          'bad.ts:2:18',
          'task "t": task option "timeout" must be a duration above zero, in seconds or like "1m30s", at most ten years, or null, not -1',
          undefined,
        ],
        [
          'DP3006',
          'bad.ts:2:18',
          'task "t": unknown task option "maxRetrys"',
          'did you mean "maxRetries"?',
        ],
        [
          'DP3006',
          'bad.ts:2:18',
          'task "t": unknown key "dely" in task option "retry"',
          'did you mean "delay"?',
        ],
        ['DP3006', 'bad.ts:3:1', 'a task that no name leads to', 'export it, or give it `name:`'],
        ['DP3006', 'bad.ts:4:19', 'task "$x": not a name for a task', expect.any(String)],
        [
          'DP3006',
          'bad.ts:5:22',
          expect.stringMatching(/option "name" must be a task name: .*, not "a b"$/),
          undefined,
        ],
      ]),
    );
  });
});

test('what modules print at import stays out of the output of dp', () => {
  using project = new Project({
    'main.ts':
      'console.log("noise"); process.stdout.write("noise"); console.error("noise");\nexport const a = () => 1;',
  });
  const script = `
    import { discover } from ${JSON.stringify(join(import.meta.dirname, '../../src/registry/modules/discovery.ts'))};
    const found = await discover([${JSON.stringify(project.path('main.ts'))}], {
      root: ${JSON.stringify(project.root)},
      workerFile: ${JSON.stringify(join(import.meta.dirname, '../../src/registry/modules/discovery-worker.ts'))},
    });
    console.log(found.definitions.length);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect([stdout, stderr]).toEqual(['1\n', '']);
});
