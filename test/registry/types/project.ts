/** A project in a temporary folder, and pipelines over its tasks, without loading any of it. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Diagnostic, Place } from '../../../src/model/diagnostic.ts';
import type { Json } from '../../../src/model/json.ts';
import type { ParamSpec } from '../../../src/model/pipeline.ts';
import type { Hook, TaskDefinition } from '../../../src/model/task.ts';
import { checkModule } from '../../../src/planner/type-check.ts';
import { typeDiagnostics } from '../../../src/planner/type-diagnostics.ts';
import type { CheckedTask } from '../../../src/planner/wiring.ts';
import { openTypes, type Types } from '../../../src/registry/types/types.ts';
import { DEFAULT_SETTINGS, type TaskSettings } from '../../../src/model/settings.ts';

export interface Project extends Disposable {
  readonly root: string;
  readonly cacheFolder: string;
  write(path: string, text: string): string;
  types(): Types;
}

export function project(files: Readonly<Record<string, string>>): Project {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'dp-types-')));
  const cacheFolder = realpathSync(mkdtempSync(join(tmpdir(), 'dp-types-cache-')));
  const write = (path: string, text: string): string => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  return {
    root,
    cacheFolder,
    write,
    types: () => openTypes({ root, cacheFolder }),
    [Symbol.dispose]() {
      rmSync(root, { recursive: true });
      rmSync(cacheFolder, { recursive: true });
    },
  };
}

export function definition(
  module: string,
  name: string,
  more: Partial<TaskDefinition> = {},
): TaskDefinition {
  return {
    name,
    module,
    at: { file: module, line: 1, column: 1 },
    tags: [],
    dependencies: [],
    settings: {},
    parameters: { is: 'unknown' },
    codeHash: '',
    ...more,
  };
}

/** One task of a pipeline, said briefly. `from`: parameter ← task. */
export interface Step {
  readonly name: string;
  /** Name of the definition, when it is another. */
  readonly task?: string;
  readonly from?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, Json>>;
  readonly when?: string;
  readonly hook?: Hook;
  readonly map?: { readonly over: string; readonly as: string };
  readonly settings?: Partial<TaskSettings>;
}

/** The place where the `n`th step is written. */
export const placeOfStep = (n: number): Place => ({
  file: '/p/pipeline.yaml',
  line: n + 1,
  column: 3,
});

export function steps(
  list: readonly Step[],
  definitions: readonly TaskDefinition[],
): readonly CheckedTask[] {
  return list.map((step, n): CheckedTask => {
    const at = placeOfStep(n);
    const found = definitions.find(({ name }) => name === (step.task ?? step.name));
    return {
      spec: {
        name: step.name,
        at,
        work: { is: 'function', task: { value: step.task ?? step.name, at } },
        needs: [],
        inputs: new Map(),
        with: new Map(Object.entries(step.with ?? {}).map(([key, value]) => [key, { value, at }])),
        tags: [],
        mentions: [],
        decidable: step.when?.includes('tasks') !== true,
        settings: {},
        ...(step.hook === undefined ? {} : { hook: step.hook }),
        ...(step.when === undefined ? {} : { when: { value: step.when, at } }),
        ...(step.map === undefined
          ? {}
          : { map: { over: { value: step.map.over, at }, as: step.map.as, maxParallel: null } }),
      },
      definition: found,
      edges: Object.entries(step.from ?? {}).map(([parameter, task]) => ({
        task,
        kind: 'data',
        parameter,
        at,
      })),
      settings: { ...DEFAULT_SETTINGS, ...step.settings },
    };
  });
}

export interface Checking {
  readonly strict?: boolean;
  readonly params?: ReadonlyMap<string, ParamSpec>;
}

/** The diagnostics of a pipeline over tasks of the project. */
export async function check(
  made: Project,
  definitions: readonly TaskDefinition[],
  list: readonly Step[],
  { strict = false, params = new Map() }: Checking = {},
): Promise<readonly Diagnostic[]> {
  using opened = made.types();
  const extracted = await opened.extract(definitions);
  const module = checkModule({ tasks: steps(list, extracted.definitions), params, strict });
  const outcome = await opened.check(module.request);
  return [...outcome.diagnostics, ...typeDiagnostics(module, outcome, made.root)];
}
