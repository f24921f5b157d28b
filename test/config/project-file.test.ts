/** What `dp.yaml` says, and every mistake in it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { projectFileSchema } from '../../src/config/format/project-file-format.ts';
import { projectRoot } from '../../src/config/modules.ts';
import { parseProjectFile, type ProjectSettings } from '../../src/config/project-file.ts';
import type { JsonObject } from '../../src/model/json.ts';

async function read(text: string) {
  const { value, diagnostics } = await parseProjectFile(Buffer.from(text), '/project/dp.yaml');
  return { settings: value, diagnostics };
}

test.each<[string, ProjectSettings]>([
  ['', {}],
  ['# nothing yet\n', {}],
  ['state: ../state', { state: '/state' }],
  ['state: kept\ndefaults: { jobs: 4 }\n', { state: '/project/kept', jobs: 4 }],
  ['defaults: {}', {}],
  [
    'schedule: { max_runs: 8, runners: 2, on_crash: fail }',
    { schedule: { maxRuns: 8, runners: 2, onCrash: 'fail' } },
  ],
  ['schedule: {}', { schedule: {} }],
])('%j gives its settings', async (text, settings) => {
  expect(await read(text)).toStrictEqual({ settings, diagnostics: [] });
});

test('every mistake is reported at once, with its place and the nearest name', async () => {
  const { settings, diagnostics } = await read(
    'stat: kept\ndefaults:\n  jobs: 0\n  jbos: 2\ntasks: {}\nserver: { listen: 80 }\nschedule: { on_crash: retry }\n',
  );
  expect(settings).toBeUndefined();
  expect(
    diagnostics.map(({ at, code, message }) => `${at?.line}:${at?.column} ${code} ${message}`),
  ).toStrictEqual([
    '1:1 DP1004 unknown key "stat"',
    '3:9 DP1005 defaults.jobs must be a whole number from 1, not 0',
    '4:3 DP1004 unknown key "jbos" in defaults',
    '5:1 DP1004 unknown key "tasks"',
    '6:1 DP1004 unknown key "server"',
    '7:23 DP1005 schedule.on_crash must be one of resume, fail, not the text "retry"',
  ]);
  expect(diagnostics[0]?.hint).toContain('"state"');
  expect(diagnostics[2]?.hint).toContain('"jobs"');
});

test.each(['[1]', 'state', 'a: [', 'state: a\nstate: b'])(
  '%j is refused with a place',
  async (text) => {
    const { settings, diagnostics } = await read(text);
    expect(settings).toBeUndefined();
    expect(diagnostics[0]).toMatchObject({ severity: 'error', at: { file: '/project/dp.yaml' } });
  },
);

const rootWith =
  (...files: string[]) =>
  (folder: string) =>
    projectRoot(folder, (path) => files.includes(path));

test('the nearest dp.yaml marks the root, also above a folder that looks like a project', () => {
  expect(rootWith('/a/dp.yaml', '/a/b/package.json')('/a/b/c')).toBe('/a');
  expect(rootWith('/a/dp.yaml', '/a/b/dp.yaml')('/a/b/c')).toBe('/a/b');
  expect(rootWith('/a/.git', '/a/b/package.json')('/a/b/c')).toBe('/a/b');
});

test('every key is in the reference, and every row there is a key', () => {
  const reference = readFileSync('src/config/README.md', 'utf8').split("## The project's file")[1];
  const rows = [...(reference ?? '').matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => key);
  expect(rows).toStrictEqual(keysOf(projectFileSchema()));
});

function keysOf({ properties }: JsonObject, before = ''): string[] {
  return Object.entries((properties ?? {}) as Record<string, JsonObject>).flatMap(
    ([key, schema]) => [before + key, ...keysOf(schema, `${before}${key}.`)],
  );
}
