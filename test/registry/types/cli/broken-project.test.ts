import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Project, type Ended } from '../../../cli/rig.ts';
import { BROKEN } from './broken-project.ts';

interface Told {
  readonly code: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly related: readonly { readonly file: string; readonly line: number }[];
}

let project: Project;
beforeAll(() => {
  project = new Project(BROKEN);
});
afterAll(() => project[Symbol.dispose]());

const stepAt = (line: number): string =>
  /^ +(\w+):/.exec(BROKEN['pipelines/zoo.yaml'].split('\n')[line - 1] ?? '')?.[1] ?? '';
const steps = (kind: string): string[] =>
  [...BROKEN['pipelines/zoo.yaml'].matchAll(/^ +((?:good|bad)_\w+):/gm)]
    .map(([, name]) => name!)
    .filter((name) => name.startsWith(kind));

test('every wrong edge and value is reported in one go, and no right one', async () => {
  const { code, json } = await project.dp('validate', '--json');
  expect(code).toBe(3);
  const { diagnostics } = json as { diagnostics: readonly Told[] };
  expect(diagnostics.map(({ line }) => stepAt(line))).toEqual(steps('bad'));
  expect(steps('bad')).toHaveLength(13);
  expect(steps('good')).toHaveLength(13);
  for (const { code: kind } of diagnostics) expect(['DP5001', 'DP5002']).toContain(kind);
});

const lineAt = ({ file, line }: { file: string; line: number }): string =>
  readFileSync(file, 'utf8').split('\n')[line - 1]!;

test('each is reported with the places of both ends, which lead to what is meant', async () => {
  const { json } = await project.dp('validate', '--json');
  const { diagnostics } = json as { diagnostics: readonly Told[] };
  for (const told of diagnostics) {
    const [expects, ...gives] = told.related;
    expect(lineAt(expects!)).toMatch(/^export const \w+ = task\(.*\(\{/);
    expect(gives).toHaveLength(told.code === 'DP5001' ? 1 : 0);
    for (const end of gives) expect(lineAt(end)).toMatch(/^export const \w+ = task\(/);
    expect(told.message).toContain(`sinks.ts:${expects!.line}:`);
    expect(lineAt(told).slice(told.column - 1)).toMatch(/^(?:\w|"\$\{)/);
  }
});

test('the text says it on a screen: both ends, the reason, the line of the file', async () => {
  const { err } = await project.dp('validate');
  const [first] = err.split('\n\n');
  expect(first!.split('\n')).toEqual([
    'error DP5001: the output of "animal" does not fit parameter "who" of "bad_subtype": pipelines/sinks.ts:5:38 expects Dog; pipelines/sources.ts:5:23 gives Animal',
    "  Property 'bark' is missing in type 'Animal' but required in type 'Dog'.",
    '  --> pipelines/zoo.yaml:25:45',
    '    |',
    ' 25 |   bad_subtype: { task: hear, inputs: { who: animal } }',
    '    |                                             ^^^^^^',
  ]);
  for (const told of err.split('\n\n')) expect(told.split('\n').length).toBeLessThanOrEqual(15);
});

test('plan and run refuse alike, and --no-typecheck lets them pass', async () => {
  const planned = await project.dp('plan', 'pipelines/zoo.yaml', '--json');
  expect(planned.code).toBe(3);
  expect(planned.json.diagnostics).toHaveLength(13);
  expect((await project.dp('run', 'pipelines/zoo.yaml')).code).toBe(3);
  expect((await project.dp('plan', 'pipelines/zoo.yaml', '--no-typecheck')).code).toBe(0);
});

test('--format github writes one command for each, in the words of a workflow', async () => {
  const { code, out } = await project.dp('validate', '--format', 'github');
  expect(code).toBe(3);
  const commands = out.trimEnd().split('\n');
  expect(commands).toHaveLength(13);
  for (const command of commands)
    expect(command).toMatch(
      /^::error file=pipelines\/zoo\.yaml,line=\d+,col=\d+,endLine=\d+,endColumn=\d+,title=dp DP500[12]::[^\n]+%0A/,
    );
});

test('github counts paths from the checkout', async () => {
  const env = { GITHUB_WORKSPACE: project.path('..') };
  const { out } = await project.dpWith({ env }, 'validate', '--format', 'github');
  const folder = project.folder.split('/').at(-1)!;
  expect(out).toContain(`::error file=${folder}/pipelines/zoo.yaml,`);
});

test('--format sarif is one log with rules, results and related places', async () => {
  const ended: Ended = await project.dp('validate', '--format', 'sarif');
  const { version, runs } = ended.json as {
    version: string;
    runs: readonly {
      tool: { driver: { name: string; rules: readonly { id: string }[] } };
      results: readonly {
        ruleId: string;
        ruleIndex: number;
        level: string;
        locations: readonly {
          physicalLocation: {
            artifactLocation: { uri: string; uriBaseId: string };
            region: { startLine: number; startColumn: number; endColumn: number };
          };
        }[];
        relatedLocations: readonly object[];
      }[];
    }[];
  };
  expect(version).toBe('2.1.0');
  const { tool, results } = runs[0]!;
  expect(tool.driver.rules.map(({ id }) => id)).toEqual(['DP5001', 'DP5002']);
  expect(results).toHaveLength(13);
  for (const { ruleId, ruleIndex } of results)
    expect(tool.driver.rules[ruleIndex]!.id).toBe(ruleId);
  expect(results[0]).toMatchObject({
    level: 'error',
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'pipelines/zoo.yaml', uriBaseId: '%SRCROOT%' },
          region: { startLine: 25, startColumn: 45, endColumn: 51 },
        },
      },
    ],
  });
  expect(results[0]!.relatedLocations).toHaveLength(2);
});

test('a project without mistakes is empty in every format', async () => {
  using sound = new Project({
    'tsconfig.json': '{}',
    'pipelines/a.yaml': "name: a\ntasks:\n  a:\n    run: 'true'\n",
  });
  expect(await sound.dp('validate', '--format', 'github')).toMatchObject({ code: 0, out: '' });
  const { code, json } = await sound.dp('validate', '--format', 'sarif');
  expect([code, json.runs[0].results]).toEqual([0, []]);
  const asJson = await sound.dp('validate', '--format', 'json');
  expect(asJson.json).toEqual({ schemaVersion: 1, valid: true, diagnostics: [] });
});
