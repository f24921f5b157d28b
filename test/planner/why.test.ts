/** A part of a key that changes alone is the one reason that is given. */
import { describe, expect, test } from 'vitest';
import type { Instant } from '../../src/model/ids.ts';
import { canonicalJson, type JsonObject } from '../../src/model/json.ts';
import type { ResultRef } from '../../src/model/result.ts';
import type { CodeParts } from '../../src/model/task.ts';
import { differencesInCode } from '../../src/planner/differences.ts';
import { keepParts, partsOf, readParts, type KeyInputs } from '../../src/planner/parts.ts';
import { outputDigest } from '../../src/planner/identity.ts';
import { whyOf, type ComparedRun } from '../../src/planner/why.ts';
import { pipelineFrom, planOf, registryOf } from './pipelines.ts';

const YAML = `name: p
modules: [./tasks.ts]
params: { year: { type: integer, default: 2000 }, of: { default: { a: 1, b: 2 } } }
env: [TOKEN, ZONE]
defaults: { cache: { params: [year, of], env: [TOKEN, ZONE] } }
tasks:
  download: { with: { url: 'http://a', limit: 3 } }
  clean: { needs: [download] }
  lock: {}
`;

const CODE: CodeParts = {
  files: [
    { path: 'lib/split.ts', digest: 'd1' },
    { path: 'tasks.ts', digest: 'd2' },
  ],
  lockFile: 'l1',
  options: '{}',
};

interface World {
  readonly yaml?: string;
  readonly code?: Partial<CodeParts>;
  readonly params?: JsonObject;
  readonly nodeMajor?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly declared?: readonly string[];
  readonly at?: Instant;
}

async function planned({
  yaml = YAML,
  code,
  params,
  at = 0,
  nodeMajor = 26,
  env,
  declared,
}: World) {
  const all = { ...CODE, ...code };
  const registry = registryOf(
    ...['download(url, limit)', 'clean(download?)', 'lock()'].map((signature) => ({
      ...registryOf(signature).get(signature.split('(')[0] ?? '')!,
      codeHash: canonicalJson(all as unknown as JsonObject),
    })),
  );
  const plan = planOf(await pipelineFrom(yaml), {
    registry,
    params: params ?? { year: 2000, of: { a: 1, b: 2 } },
    at,
  });
  const ground: KeyInputs = {
    code: new Map([['/project/tasks.ts', all]]),
    at,
    nodeMajor,
    declared: declared ?? ['TOKEN', 'ZONE'],
    env: env ?? { TOKEN: 'secret', ZONE: 'a' },
  };
  return { plan, parts: partsOf(plan, ground) };
}

const given = (digest: string): ResultRef => ({
  is: 'value',
  run: 'run-1',
  task: 'download',
  id: '1',
  bytes: 1,
  digest,
});

/** What a run of the world as it was kept of itself, read back as a later dp reads it. */
async function earlierRun(world: World = {}): Promise<ComparedRun> {
  const { plan, parts } = await planned(world);
  const kept = JSON.parse(JSON.stringify(keepParts(parts))) as ReturnType<typeof keepParts>;
  return {
    run: 'run-1',
    parts: readParts(plan, kept),
    outputOf: () => outputDigest(given('x')),
  };
}

async function reasons(task: string, before: World, after: World): Promise<readonly unknown[]> {
  const earlier = await earlierRun(before);
  const { plan, parts } = await planned(after);
  return whyOf(plan, parts, () => earlier).find((why) => why.task === task)?.differences ?? [];
}

test('the logical time is a reason only for tasks that read it', async () => {
  const yaml = YAML.replace('http://a', '${run.time}');
  const [before, after] = [{ yaml }, { yaml, at: 1_000 }];
  expect(await reasons('download', before, after)).toEqual([
    {
      part: 'definition',
      name: 'run.time',
      before: '1970-01-01T00:00:00.000Z',
      after: '1970-01-01T00:00:01.000Z',
    },
  ]);
  expect(await reasons('lock', before, after)).toEqual([]);
});

describe('what changes alone is the only reason', () => {
  test.each<[string, World, object]>([
    [
      'the module',
      { code: { files: [CODE.files[0]!, { path: 'tasks.ts', digest: 'd3' }] } },
      { part: 'file', name: 'tasks.ts', before: 'd2', after: 'd3' },
    ],
    [
      'a file that is imported no more',
      { code: { files: [CODE.files[1]!] } },
      { part: 'file', name: 'lib/split.ts', before: 'd1' },
    ],
    [
      'the lock file',
      { code: { lockFile: 'l2' } },
      { part: 'lock_file', name: 'lock file', before: 'l1', after: 'l2' },
    ],
    [
      'how it is compiled',
      { code: { options: '{"jsx":"react"}' } },
      { part: 'compile_options', name: 'tsconfig', before: '{}', after: '{"jsx":"react"}' },
    ],
    [
      'a parameter',
      { params: { year: 2001, of: { a: 1, b: 2 } } },
      { part: 'param', name: 'year', before: 2000, after: 2001 },
    ],
    [
      'a variable',
      { env: { TOKEN: 'another', ZONE: 'a' } },
      { part: 'env', name: 'TOKEN', before: 'set', after: 'set' },
    ],
    [
      'a variable that is not set',
      { env: { TOKEN: 'secret' } },
      { part: 'env', name: 'ZONE', before: 'set', after: 'not set' },
    ],
    [
      'a variable that is not declared',
      { declared: ['TOKEN'], env: { TOKEN: 'secret' } },
      { part: 'env', name: 'ZONE', before: 'set' },
    ],
    ['Node', { nodeMajor: 28 }, { part: 'node', name: 'node', before: 26, after: 28 }],
    [
      'a value under `with`',
      { yaml: YAML.replace('http://a', 'http://b') },
      { part: 'definition', name: 'with.url', before: 'http://a', after: 'http://b' },
    ],
    [
      'a setting that is part of what it means',
      { yaml: YAML.replace('limit: 3 }', 'limit: 3 }, stream_output: true') },
      { part: 'definition', name: 'stream_output', before: false, after: true },
    ],
    [
      'an edge that is new',
      { yaml: YAML.replace('limit: 3 }', 'limit: 3 }, needs: [lock]') },
      { part: 'edge', name: 'lock', after: 'control flow' },
    ],
  ])('%s', async (_, after, difference) => {
    expect(await reasons('download', {}, after)).toEqual([difference]);
    // And the other way round.
    expect(await reasons('download', after, {})).toHaveLength(1);
  });

  test('a result of an upstream task', async () => {
    const earlier = await earlierRun();
    const { plan, parts } = await planned({});
    const cached = {
      action: 'cached',
      reason: { is: 'unchanged', run: 'run-2' },
      output: given('y'),
      fromRun: 'run-2',
    } as const;
    const tasks = plan.tasks.map((task) =>
      task.name === 'download' ? { ...task, decision: cached } : task,
    );
    const [why] = whyOf({ ...plan, tasks }, parts, () => earlier).filter(
      ({ task }) => task === 'clean',
    );
    const [before, after] = [outputDigest(given('x')), outputDigest(given('y'))];
    expect(why?.differences).toEqual([{ part: 'input', name: 'download', before, after }]);
  });
});

test('the order of keys, of the environment and of values inside is no difference', async () => {
  const yaml = YAML.replace("url: 'http://a', limit: 3", "limit: 3, url: 'http://a'");
  const params = { of: { b: 2, a: 1 }, year: 2000 };
  const declared = ['ZONE', 'TOKEN'];
  const after = { yaml, params, declared, env: { ZONE: 'a', TOKEN: 'secret' } };
  for (const task of ['download', 'clean', 'lock'])
    expect(await reasons(task, {}, after)).toEqual([]);
});

test('settings that cannot change a result are no reason', async () => {
  const yaml = YAML.replace('cache:', 'max_retries: 3, priority: 2, cache:');
  expect(await reasons('download', {}, { yaml })).toEqual([]);
});

test('a task downstream names the one that is defined otherwise', async () => {
  const yaml = YAML.replace('http://a', 'http://b');
  expect(await reasons('clean', {}, { yaml })).toMatchObject([
    { part: 'upstream', name: 'download' },
  ]);
});

test('a task that waits, and differs in nothing, may be reused', async () => {
  const earlier = await earlierRun();
  const { plan, parts } = await planned({});
  const [why] = whyOf(plan, parts, () => earlier).filter(({ task }) => task === 'clean');
  expect(why?.waitsFor).toEqual(['download']);
  expect(why?.notes).toEqual([{ is: 'own_unchanged', waitsFor: ['download'] }]);
});

test('a task whose cache was off then is explained so', async () => {
  const earlier = await earlierRun({ yaml: YAML.replace(/cache: \{.*\} \}/, 'cache: false }') });
  const { plan, parts } = await planned({});
  const [why] = whyOf(plan, parts, () => earlier).filter(({ task }) => task === 'download');
  expect(why?.notes).toEqual([{ is: 'cache_was_off', run: 'run-1' }]);
});

test('for a run that kept no parts it explains what is known, and says that more is not', async () => {
  const { plan } = await planned({});
  const now = await planned({
    params: { year: 2001, of: { a: 1, b: 2 } },
    code: { lockFile: 'l2' },
  });
  const earlier = { run: 'run-0', parts: readParts(plan, undefined), outputOf: () => undefined };
  const [why] = whyOf(now.plan, now.parts, () => earlier).filter(({ task }) => task === 'lock');
  expect(why?.differences).toMatchObject([
    { part: 'code', name: 'code' },
    { part: 'param', name: 'year', before: 2000, after: 2001 },
  ]);
  expect(why?.notes).toEqual([{ is: 'parts_not_kept', run: 'run-0' }]);
});

test('no value of a variable, nor its digest, is kept', async () => {
  const { parts } = await planned({});
  const kept = JSON.stringify(keepParts(parts));
  expect(kept).not.toContain('secret');
  expect(parts.surroundings?.env['TOKEN']).toMatch(/^[0-9a-f]{4}$/);
});

test('a file or variable named like what every object has is new where it was not', () => {
  const before: CodeParts = { ...CODE, files: [{ path: 'a.ts', digest: 'd' }] };
  const after: CodeParts = { ...CODE, files: [{ path: 'constructor', digest: 'd' }] };
  expect(differencesInCode(before, after)).toEqual([
    { part: 'file', name: 'a.ts', before: 'd' },
    { part: 'file', name: 'constructor', after: 'd' },
  ]);
});
