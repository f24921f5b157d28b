/** One run with every way to end, told to every reporter. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dpCommand, Project, type Ended } from '../rig.ts';
import { parseXml, type Element } from './xml.ts';

const PIPELINE = {
  'tsconfig.json': '{}',
  'pipelines/p.yaml': `name: p
modules: [./p.ts]
secrets: [TOKEN]
tasks:
  good: {}
  kept: { cache: true }
  left_out: { run: 'true', when: "\${1 > 2}" }
  bad: { needs: [good], max_retries: 1, retry: { delay: 0 } }
  behind: { needs: [bad] }
  late: { run: 'echo waiting; sleep 60', timeout: 0.2 }
  each: { needs: [good], map: { over: "\${tasks.good.output}", as: row } }
  forgiven: { run: 'exit 3', fail_safe: true }
`,
  'pipelines/p.ts': String.raw`import type { TaskContext } from 'dp';

export const good = (): number[] => [1, 2, 3];
export const kept = (): string => 'kept';

export function bad({ good }: { good: number[] }, ctx: TaskContext): number {
  ctx.log.info({ rows: good.length, token: ctx.env['TOKEN'] }, 'looking');
  console.log('\u001B[31mred\u001B[0m ::error::injected </pre> ]]> & \u0001\uFFFE');
  throw new TypeError('50% of "rows"\n<b>bad</b>, ' + ctx.env['TOKEN'] + '\u001B[2J\u0000');
}
export const behind = ({ bad }: { bad: number }): number => bad;
export function each({ row }: { row: number }): number {
  console.log('row ' + row);
  if (row > 1) throw new RangeError('row ' + row + ' is too large');
  return row;
}
`,
};
const ENV = { TOKEN: 'very-secret', GITHUB_STEP_SUMMARY: 'summary.md' };
// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/;

let project: Project;
let ended: Ended;
beforeAll(async () => {
  project = new Project({ ...PIPELINE, 'summary.md': 'of an earlier command\n' });
  await project.dpWith({ env: ENV }, 'run', 'pipelines/p.yaml', 'kept');
  const reporters = ['github', 'junit=out/junit.xml', 'sarif=p.sarif', 'markdown=p.md'];
  ended = await project.dpWith(
    { env: ENV },
    'run',
    'pipelines/p.yaml',
    '-j',
    '1',
    ...reporters.flatMap((reporter) => ['--reporter', reporter]),
  );
});
afterAll(() => project[Symbol.dispose]());

test('a run ends as it does without reporters, and is shown as it is without', () => {
  expect(ended.code).toBe(1);
  expect(ended.err).toContain('failed    bad: TypeError: 50% of "rows" (pipelines/p.ts:9:9)');
});

test('no secret and no control code reaches any of them', () => {
  const files = ['out/junit.xml', 'p.sarif', 'p.md', 'summary.md'].map((file) =>
    project.read(file),
  );
  for (const text of [ended.out, ended.err, ...files]) {
    expect(text).not.toContain('very-secret');
    expect(text).not.toMatch(CONTROL);
  }
  expect(files.join('')).toContain('***');
});

/** Workflow commands of that name. */
const commands = (name: string): string[] =>
  ended.out.split('\n').filter((line) => line.startsWith(`::${name} `));

describe('github', () => {
  test('shows failures beside the line that threw, or where the task stands', () => {
    const errors = commands('error');
    expect(errors).toContainEqual(
      expect.stringMatching(
        /^::error file=pipelines\/p\.ts,line=9,col=9,title=dp DP6001::task "bad" failed after 2 attempts%0ATypeError: 50%25 of "rows"%0A/,
      ),
    );
    expect(errors).toContainEqual(
      expect.stringContaining('file=pipelines/p.yaml,line=10,col=3,endLine=10,endColumn=7,'),
    );
    expect(errors).toHaveLength(3);
  });

  test('warns of what fail_safe forgives', () => {
    expect(commands('warning')).toMatchObject([expect.stringContaining('task "forgiven" failed')]);
  });

  test("folds the log's end, in which no command is read", () => {
    const [, , token = '', log = ''] =
      /::group::(log of bad, attempt 2)\n::stop-commands::(.+)\n([\s\S]*?)\n::\2::\n::endgroup::\n/.exec(
        ended.out,
      ) ?? [];
    expect(token.length).toBeGreaterThan(30);
    expect(log).toContain('info: looking rows=3 token="***"\nred ::error::injected');
    expect(ended.out).toContain('::group::log of each[1], attempt 1\n');
  });

  test('adds to the job summary', () => {
    const summary = project.read('summary.md');
    expect(summary).toMatch(/^of an earlier command\n## ❌ p failed in /);
    expect(summary).toContain('| good | ✅ succeeded | 1 |');
    expect(summary).toContain('| kept | ♻️ cached |  |  |');
    expect(summary).toContain('| each | ❌ failed | 3 elements |');
    expect(summary).toContain('at <code>pipelines/p.ts:9:9</code>');
    expect(summary).toContain('<details><summary>Log of each[1], attempt 1</summary>');
    expect(summary).toContain('red ::error::injected &lt;/pre&gt;');
    expect(summary).toMatch(/To resume it: <code>dp resume \w+<\/code>/);
  });
});

test('markdown is the same page, in a file', () => {
  expect(project.read('summary.md')).toBe(`of an earlier command\n${project.read('p.md')}`);
});

test('sarif has failures as errors, forgiven ones as warnings, with their places', () => {
  const { results } = JSON.parse(project.read('p.sarif')).runs[0];
  const told = results.map((result: { ruleId: string; level: string; locations: unknown }) => [
    result.ruleId,
    result.level,
    // oxlint-disable-next-line typescript/no-explicit-any -- a foreign format
    (result.locations as any)[0].physicalLocation.artifactLocation.uri,
  ]);
  expect(told.toSorted()).toEqual([
    ['DP6001', 'error', 'pipelines/p.ts'],
    ['DP6001', 'error', 'pipelines/p.ts'],
    ['DP6001', 'warning', 'pipelines/p.yaml'],
    ['DP6002', 'error', 'pipelines/p.yaml'],
  ]);
});

describe('junit', () => {
  let suite: Element;
  beforeAll(() => {
    [suite] = parseXml(project.read('out/junit.xml')).children as [Element];
  });
  const caseOf = (name: string): Element =>
    suite.children.find((child) => child.attributes['name'] === name)!;
  const part = (name: string, of: string): Element | undefined =>
    caseOf(name).children.find((child) => child.name === of);
  const property = (name: string, of: string): string | undefined =>
    part(name, 'properties')?.children.find((child) => child.attributes['name'] === of)?.attributes[
      'value'
    ];

  test('is a suite with a case for each task, counted', () => {
    const { attributes } = suite;
    expect(attributes).toMatchObject({ name: 'p', tests: '8', failures: '2', errors: '1' });
    expect(attributes['timestamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    expect(attributes['time']).toMatch(/^\d+\.\d{3}$/);
    const cases = suite.children.filter(({ name }) => name === 'testcase');
    expect(cases).toHaveLength(8);
    expect(suite.attributes['skipped']).toBe('3');
  });

  test('distinguishes success, failure, tasks ended from outside, and tasks that did not run', () => {
    expect(caseOf('good').children.map(({ name }) => name)).toEqual(['properties']);
    expect(property('kept', 'status')).toBe('cached');
    expect(part('late', 'error')?.attributes).toEqual({
      type: 'timed_out',
      message: 'did not end within its timeout of 0.2 s',
    });
    expect(part('left_out', 'skipped')?.attributes['message']).toContain('skipped: when: 1 > 2');
    expect(part('behind', 'skipped')?.attributes['message']).toContain('bad did not succeed');
    expect(part('forgiven', 'skipped')?.attributes['message']).toContain('fail_safe');
  });

  test('has the message, the trace, the log, the place and the attempts of a failure', () => {
    expect(caseOf('bad').attributes).toMatchObject({
      classname: 'p',
      file: 'pipelines/p.ts',
      line: '9',
    });
    const failure = part('bad', 'failure')!;
    expect(failure.attributes['type']).toBe('TypeError');
    expect(failure.attributes['message']).toMatch(/^50% of "rows"\n<b>bad<\/b>, \*\*\*/);
    expect(failure.text).toContain('pipelines/p.ts:9:9');
    expect(part('bad', 'system-out')?.text).toContain('red ::error::injected </pre> ]]> & ');
    expect(property('bad', 'attempts')).toBe('2');
    expect(part('each', 'system-out')?.text).toBe('row 2');
  });
});

describe('ndjson', () => {
  test('gives the plan, every event as dp events does, and the run', async () => {
    const words = ['run', 'pipelines/p.yaml', '--reporter', 'ndjson'];
    const { code, out } = await project.dpWith({ env: ENV }, ...words);
    expect(code).toBe(1);
    const lines = out.trimEnd().split('\n');
    const [first, last] = [JSON.parse(lines[0]!), JSON.parse(lines.at(-1)!)];
    const { runId } = first;
    expect(first).toMatchObject({
      schemaVersion: 1,
      plan: { pipeline: 'p', planId: expect.any(String) },
    });
    expect(last).toMatchObject({ schemaVersion: 1, run: { runId, status: 'failed' } });
    const events = await project.ok('events', runId, '--json');
    expect(lines.slice(1, -1).join('\n')).toBe(events.out.trimEnd());
  });

  test('a reader that has seen enough does not change how the run ends', async () => {
    using own = new Project({
      'p.yaml': `name: p\ntasks:\n  a: { run: 'while [ ! -e seen ]; do sleep 0.02; done' }\n  b: { run: 'exit 1', needs: [a] }\n`,
    });
    const { out, err } = await own.shell(
      {},
      '("$@" run p.yaml --reporter ndjson; echo "exit $?" >&2) | (head -1; touch seen)',
      ...dpCommand(),
    ).ended;
    expect(JSON.parse(out)).toMatchObject({ plan: { pipeline: 'p' } });
    expect(err).toBe('exit 1\n');
    expect((await own.dp('show', '--json')).json.status).toBe('failed');
  });

  test('after dp resume it has the run from its beginning', async () => {
    using own = new Project({
      'p.yaml': `name: p\ntasks:\n  a: { run: 'true' }\n  b: { run: 'test -e go', needs: [a] }\n`,
    });
    expect((await own.dp('run', 'p.yaml')).code).toBe(1);
    own.write({ go: '' });
    const { out } = await own.ok('resume', 'last', '--reporter', 'ndjson');
    const topics = out.split('\n').map((line) => /"topic":"([^"]*)"/.exec(line)?.[1]);
    expect(
      topics.filter((topic) => /^run\.(?:started|failed|resumed|succeeded)$/.test(topic ?? '')),
    ).toEqual(['run.started', 'run.failed', 'run.resumed', 'run.succeeded']);
  });
});

test('a cancelled run is reported too, and not as a success', async () => {
  using own = new Project({ 'p.yaml': `name: p\ntasks:\n  a: { run: 'sleep 60' }\n` });
  const dp = own.start({}, 'run', 'p.yaml', '--grace', '0.2', '--reporter', 'junit=j.xml');
  await dp.told('start ');
  dp.signal('SIGTERM');
  expect((await dp.ended).code).toBe(143);
  const [suite] = parseXml(own.read('j.xml')).children;
  expect(suite?.attributes).toMatchObject({ tests: '2', errors: '1', skipped: '1' });
});

describe('a definition that is wrong', () => {
  const BROKEN = { 'p.yaml': 'name: p\ntasks:\n  a: { needs: [nowhere], run: "true" }\n' };

  test('is reported by the reporters instead of a run', async () => {
    using own = new Project(BROKEN);
    const reporters = ['github', 'junit=j.xml', 'sarif=s.sarif', 'markdown=m.md'];
    const { code, out, err } = await own.dpWith(
      { env: { GITHUB_STEP_SUMMARY: 'summary.md' } },
      'run',
      'p.yaml',
      ...reporters.flatMap((each) => ['--reporter', each]),
    );
    expect(code).toBe(3);
    expect(err).toContain('error DP4002: ');
    expect(out).toMatch(/^::error file=p\.yaml,line=3,col=16,.*title=dp DP4002::.*nowhere/);
    const [suite] = parseXml(own.read('j.xml')).children;
    expect(suite?.attributes).toMatchObject({ tests: '1', errors: '1' });
    expect(JSON.parse(own.read('s.sarif')).runs[0].results).toMatchObject([{ ruleId: 'DP4002' }]);
    expect(own.read('m.md')).toContain('**error DP4002** at <code>p.yaml:3:16</code>');
    expect(own.read('summary.md')).toBe(own.read('m.md'));
  });

  test('is one line of ndjson', async () => {
    using own = new Project(BROKEN);
    const { code, json } = await own.dp('run', 'p.yaml', '--reporter', 'ndjson');
    expect(code).toBe(3);
    expect(json).toMatchObject({ schemaVersion: 1, diagnostics: [{ code: 'DP4002', line: 3 }] });
  });
});

describe('before the run begins', () => {
  const files = {
    'p.yaml': "name: p\ntasks:\n  a: { run: 'touch began' }\n",
    folder: '',
    'd/x': '',
  };

  test.for([
    [['nothing'], 'there is no reporter "nothing"'],
    [['junitt=x'], 'did you mean "junit"?'],
    [['junit'], 'the reporter "junit" needs a file'],
    [['plain=x'], 'the reporter "plain" takes no file'],
    [['junit=x', 'sarif=x'], 'would both write to'],
    [['junit=x', 'sarif=d/../x'], 'would both write to'],
    [['plain', 'pretty'], 'would both write to standard error'],
    [['ndjson', 'github'], 'would both write to standard output'],
  ])('%j is a usage error', async ([reporters, message]) => {
    using own = new Project(files);
    const words = (reporters as string[]).flatMap((each) => ['--reporter', each]);
    const { code, err } = await own.dp('run', 'p.yaml', ...words);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(own.listing().join('\n')).not.toContain('began');
  });

  test('--json and ndjson are one too many', async () => {
    using own = new Project(files);
    const { code, json } = await own.dp('run', 'p.yaml', '--json', '--reporter', 'ndjson');
    expect(code).toBe(2);
    expect(json.diagnostics[0].message).toContain('would both write to standard output');
  });

  test.for(['d', 'folder/x.xml', '/proc/x/y.xml'])('%s cannot be written', async (file) => {
    using own = new Project(files);
    const { code, err } = await own.dp('run', 'p.yaml', '--reporter', `junit=${file}`);
    expect(code).toBe(74);
    expect(err).toContain(`error DP8002: ${file} cannot be written`);
    expect(own.listing().join('\n')).not.toContain('began');
  });

  test('a device may be written to, and stays a device', async () => {
    using own = new Project(files);
    const { out } = await own.shell(
      {},
      '"$@" run p.yaml --reporter junit=/dev/stdout | cat',
      ...dpCommand(),
    ).ended;
    expect(parseXml(out).name).toBe('testsuites');
    await own.ok('run', 'p.yaml', '--reporter', 'junit=/dev/null');
  });
});

test('reports leave nothing beside them', async () => {
  using own = new Project({ 'p.yaml': "name: p\ntasks:\n  a: { run: 'true' }\n" });
  await own.ok('run', 'p.yaml', '--reporter', 'junit=out/j.xml', '--json');
  const files = own.listing().map((line) => line.split(' ')[0]);
  expect(files.filter((file) => file!.startsWith('out/'))).toEqual(['out/j.xml']);
});

test('of a list that fails throughout, the first elements are reported', async () => {
  using own = new Project({
    'p.yaml':
      'name: p\nmodules: [./m.mjs]\ntasks:\n  list: {}\n  each: { needs: [list], map: { over: "${tasks.list.output}", as: n } }\n',
    'm.mjs':
      'export const list = () => Array.from({ length: 30 }, (_, n) => n);\nexport const each = ({ n }) => { console.log(`at ${n}`); throw new Error(`no ${n}`); };\n',
  });
  const { code, err } = await own.dp('run', 'p.yaml', '-j', '1');
  expect(code).toBe(1);
  expect(err.match(/^failed {4}each\[\d+\]: no \d+/gm)).toHaveLength(10);
  expect(err.match(/and more elements of each$/gm)).toHaveLength(1);
  expect(err).toMatch(
    /\n\neach failed\n {2}--> m\.mjs:2:64\n {2}30 of 30 elements failed, first \[0\]: no 0\n {2}log of each\[0\]:\n {2}\| at 0\n {2}dp logs (\w+) each\n {2}dp retry \1 --from each\n/,
  );
});

test('after a run, the next commands are named where they apply', async () => {
  using own = new Project({
    'p.yaml': `name: p\ntasks:\n  a: { run: 'test -e go' }\n  b: { run: 'exit 1', fail_safe: true }\n`,
  });
  const failed = await own.dp('run', 'p.yaml');
  const [, id] = /\ndp resume (\w+)\n$/.exec(failed.err) ?? [];
  expect(failed.err).toContain(`  dp retry ${id} --from a\n`);
  expect(failed.err).not.toContain('--from b');
  own.write({ go: '' });
  const { err } = await own.ok('retry', id!, '--from', 'a');
  expect(err).toContain('\nb failed after 1 attempt, which does not fail the run\n');
  expect(err).not.toMatch(/dp (?:resume|retry)/);
});

test('what came from standard input cannot be resumed, and no one says so', async () => {
  using own = new Project();
  const input = 'name: p\ntasks:\n  a: { run: "exit 1" }\n';
  const { code, out, err } = await own.dpWith({ input }, 'run', '-', '--reporter', 'github');
  expect(code).toBe(1);
  expect(err).not.toMatch(/dp (?:resume|retry)/);
  expect(out).toMatch(/^::error title=dp DP6001::task "a" failed/);
});
