/** The pipelines of a project as a whole: planned together, and checked against each other. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { load, onlyPipeline } from '../../src/app/planning/load.ts';
import { prepare } from '../../src/app/planning/prepare.ts';
import { planAll } from '../../src/app/planning/plan-all.ts';
import { validateFiles } from '../../src/app/planning/validate.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { CallerContext } from '../../src/app/project/caller-context.ts';
import type { Selection } from '../../src/model/plan.ts';

let place: CallerContext;
beforeEach(() => {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'dp-planning-')));
  place = { cwd, env: {}, clock: systemClock };
  mkdirSync(join(cwd, 'pipelines'));
  write('one', 'name: one\ntasks:\n  a: { run: echo a, tags: [first] }\n');
  write('two', 'name: two\ntasks:\n  b: { run: echo b }\n');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place.cwd, { recursive: true });
});

const write = (name: string, yaml: string): void =>
  writeFileSync(join(place.cwd, 'pipelines', `${name}.yaml`), yaml);
const file = (name: string): string => join(place.cwd, 'pipelines', `${name}.yaml`);

const planned = async (selection: Selection): Promise<string[]> => {
  const prepared = await planAll({ selection, readCache: false, types: 'off' }, place);
  return prepared.map(({ plan }) => plan.pipeline);
};

const rootOf = async (path: string): Promise<string> => (await load(path, place)).root;

function project(name: string): void {
  mkdirSync(join(place.cwd, name));
  writeFileSync(join(place.cwd, name, 'package.json'), '{}');
  writeFileSync(join(place.cwd, name, 'p.yaml'), 'name: p\ntasks:\n  a: { run: echo a }\n');
}

describe('the default of a parameter', () => {
  test.each([
    ['${env.DAY}', 'the environment variable "DAY" is not set'],
    ['${bytes("a")}', 'the default of parameter "day" holds bytes, which JSON cannot hold'],
    ['${1.0 / 0.0}', 'the default of parameter "day" is Infinity, which JSON cannot hold'],
  ])('that cannot be computed is told at its place: %s', async (written, message) => {
    write(
      'one',
      `name: one\nenv: [DAY]\nparams:\n  day: { default: '${written}' }\ntasks: { a: { run: "true" } }\n`,
    );
    const loaded = await load(file('one'), place);
    const asked = { params: [], selection: {}, readCache: false, types: 'off' } as const;
    const fault: unknown = await prepare(loaded, asked, place).catch((error: unknown) => error);
    expect(fault).toMatchObject({
      diagnostics: [
        {
          code: 'DP1009',
          message: expect.stringContaining(message),
          at: { file: file('one'), line: 4 },
        },
      ],
    });
  });
});

describe('the project of a pipeline file', () => {
  test('is the folder of the file when its manifest lies there, wherever dp stands', async () => {
    project('etl');
    expect(await rootOf('etl/p.yaml')).toBe(join(place.cwd, 'etl'));
  });

  test('is the folder in which dp stands where nothing marks a project', async () => {
    expect(await rootOf('pipelines/one.yaml')).toBe(place.cwd);
  });

  test('is the same by every link that leads to it', async () => {
    project('v1');
    symlinkSync('v1', join(place.cwd, 'current'));
    const { root, pipeline } = await load('current/p.yaml', place);
    const folder = join(place.cwd, 'v1');
    expect({ root, folder: pipeline.folder, file: pipeline.file }).toEqual({
      root: folder,
      folder,
      file: join(folder, 'p.yaml'),
    });
  });

  test('keeps the links inside it as they are written', async () => {
    project('etl');
    symlinkSync('../pipelines', join(place.cwd, 'etl/pipelines'));
    const { root, pipeline } = await load('etl/pipelines/one.yaml', place);
    expect(root).toBe(join(place.cwd, 'etl'));
    expect(pipeline.folder).toBe(join(place.cwd, 'etl/pipelines'));
  });
});

describe('all pipelines of a project', () => {
  test('are planned in the order of their files', async () => {
    expect(await planned({})).toEqual(['one', 'two']);
  });

  test('are passed over where the selection finds nothing', async () => {
    expect(await planned({ tags: ['first'] })).toEqual(['one']);
    expect(await planned({ names: ['b'] })).toEqual(['two']);
  });

  test('are refused when the selection finds nothing anywhere', async () => {
    await expect(planned({ names: ['c'] })).rejects.toMatchObject({ code: 'DP2006' });
  });

  test('are refused with the mistakes of every file', async () => {
    write('one', 'name: one\ntasks:\n  a: { run: echo a, needs: [x] }\n');
    write('two', 'name: two\ntasks:\n  b: { run: echo b, needs: [y] }\n');
    await expect(planned({})).rejects.toMatchObject({
      diagnostics: [{ at: { file: file('one') } }, { at: { file: file('two') } }],
    });
  });

  test('are reported without their secrets when a module throws them', async () => {
    vi.stubEnv('DB_PASSWORD', 'tops3cret');
    write('one', 'name: one\nmodules: [./m.mjs]\nsecrets: [DB_PASSWORD]\ntasks: { a: {} }\n');
    const code = 'throw new Error("cannot log in with " + process.env.DB_PASSWORD);';
    writeFileSync(join(place.cwd, 'pipelines', 'm.mjs'), code);
    await expect(planned({})).rejects.toMatchObject({
      code: 'DP3002',
      message: expect.stringContaining('cannot log in with ***'),
    });
  });

  test('are warned of secrets that cannot be redacted', async () => {
    write('one', 'name: one\nsecrets: [LONG, SHORT, FLAG, UNSET]\ntasks:\n  a: { run: echo a }\n');
    const env = { LONG: 'long enough', SHORT: 'abc', FLAG: 'true' };
    const options = { selection: {}, readCache: false, types: 'off' } as const;
    const [one] = await planAll(options, { ...place, env });
    expect(one?.plan.warnings.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'DP1012 the value of the secret "SHORT" cannot be redacted: it is too short, or a common word',
      'DP1012 the value of the secret "FLAG" cannot be redacted: it is too short, or a common word',
    ]);
  });

  test('have to be named where there are several', async () => {
    await expect(onlyPipeline(place)).rejects.toThrow('There are 2 under pipelines/');
    rmSync(file('two'));
    expect(await onlyPipeline(place)).toBe(file('one'));
  });
});

describe('a check of pipeline files', () => {
  test('counts the tasks of those that are sound', async () => {
    expect(await validateFiles([], 'off', place)).toEqual({
      diagnostics: [],
      sound: [
        { file: file('one'), tasks: 1 },
        { file: file('two'), tasks: 1 },
      ],
    });
  });

  test('finds a name that an earlier file has, and continues', async () => {
    write('later', 'name: later\ntasks:\n  a: { run: echo a }\n');
    write('one', 'name: later\ntasks:\n  a: { run: echo a }\n');
    const { fault, diagnostics, sound } = await validateFiles([], 'off', place);
    expect(fault?.code).toBe('DP4007');
    expect(diagnostics).toMatchObject([
      { at: { file: file('one') }, hint: 'it is the name of pipelines/later.yaml:1:7 too' },
    ]);
    expect(sound.map((each) => each.file)).toEqual([file('later'), file('two')]);
  });

  test('is refused where there is nothing to check', async () => {
    rmSync(join(place.cwd, 'pipelines'), { recursive: true });
    await expect(validateFiles([], 'off', place)).rejects.toMatchObject({ code: 'DP4003' });
  });
});
