/** The parts of every cache key of a plan, kept with each run so that a later plan can be compared with it. */
import { digestOf, type Digest, type Instant, type TaskName } from '../model/ids.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Dependency, Plan, PlannedTask, Work } from '../model/plan.ts';
import type { CodeParts } from '../model/task.ts';
import { type UsedValues, usedValues } from './used-values.ts';
import { outputDigest, timeFact } from './identity.ts';
import type { TaskSettings } from '../model/settings.ts';

/** Equal parts give equal keys, as long as the inputs are equal too. */
export interface PlanParts {
  readonly planId: Digest;
  readonly params: JsonObject;
  /** Absent in what an older dp stored. */
  readonly surroundings?: SurroundingParts;
  readonly tasks: ReadonlyMap<TaskName, TaskParts>;
}

export interface SurroundingParts {
  readonly nodeMajor: number;
  /** Declared variable → fingerprint of its value; null: not set. */
  readonly env: Readonly<Record<string, string | null>>;
  /** Digests of the outputs taken over from earlier runs. */
  readonly given: Readonly<Record<TaskName, Digest>>;
}

export interface TaskParts {
  readonly id: Digest;
  readonly codeHash: Digest;
  readonly dependsOn: readonly Dependency[];
  /** Definition from the file and the code; absent when it was not kept. */
  readonly definition?: DefinitionParts;
  /** Also absent for commands: their text is in the definition. */
  readonly code?: CodeParts;
}

export interface DefinitionParts {
  /** The work of the task, never with a module's path. */
  readonly work: JsonObject;
  readonly with: Readonly<Record<string, Json>>;
  readonly when?: string;
  readonly map?: { readonly over: string; readonly as: string };
  readonly settings: TaskSettings;
  /** Tasks whose outputs its expressions read; absent when there are none. */
  readonly mentions?: readonly TaskName[];
  /** Parameters and variables in its key; absent when all are. */
  readonly uses?: UsedValues;
  /** Logical time of the run, of a task that reads it. */
  readonly time?: string;
}

/** Inputs of cache keys that the plan itself does not contain. */
export interface KeyInputs {
  /** Code parts by path of the module. */
  readonly code: ReadonlyMap<string, CodeParts>;
  readonly nodeMajor: number;
  /** Logical time of the run. */
  readonly at: Instant;
  readonly declared: readonly string[];
  /** Declared variables that are set. */
  readonly env: Readonly<Record<string, string>>;
}

export function partsOf(plan: Plan, ground: KeyInputs): PlanParts {
  const env: Record<string, string | null> = {};
  for (const name of ground.declared)
    env[name] = fingerprint(Object.hasOwn(ground.env, name) ? ground.env[name] : undefined);
  const given: Record<TaskName, Digest> = {};
  for (const [task, { output }] of plan.given) given[task] = outputDigest(output);
  return {
    planId: plan.planId,
    params: plan.params,
    surroundings: { nodeMajor: ground.nodeMajor, env, given },
    tasks: new Map(plan.tasks.map((task) => [task.name, taskParts(task, ground)])),
  };
}

function taskParts(task: PlannedTask, ground: Pick<KeyInputs, 'code' | 'at'>): TaskParts {
  const { id, codeHash, dependsOn, work, settings, when, map, mentions, reads } = task;
  const uses = usedValues(task);
  const code = work.is === 'function' ? ground.code.get(work.module) : undefined;
  return {
    id,
    codeHash,
    dependsOn,
    definition: {
      work: wordsOf(work),
      with: task.with,
      settings,
      ...(when === undefined ? {} : { when }),
      ...(map === undefined ? {} : { map: { over: map.over, as: map.as } }),
      ...(mentions.length === 0 ? {} : { mentions }),
      ...(uses.params === 'all' && uses.env === 'all' ? {} : { uses }),
      ...(reads?.run.includes('time') === true ? { time: timeFact(ground.at) } : {}),
    },
    ...(code === undefined ? {} : { code }),
  };
}

function wordsOf(work: Work): JsonObject {
  if (work.is === 'function') {
    return { task: work.task, ...(work.cwd === undefined ? {} : { cwd: work.cwd }) };
  }
  if (work.is === 'pipeline') {
    const { pipeline, planId, output = null } = work;
    return { pipeline, planId, output };
  }
  if (work.is === 'wait') {
    const { event, when = null, timeout } = work;
    return { event, when, timeout };
  }
  const { command: run, shell, cwd, outputs } = work;
  return { run, shell, cwd, ...(outputs === undefined ? {} : { outputs: [...outputs] }) };
}

/** Sixteen bits: enough to see that a value changed, too few to confirm a guess at a secret. */
function fingerprint(value: string | undefined): string | null {
  return value === undefined ? null : digestOf(['env', value]).slice(0, 4);
}

/** Stored form: what many tasks share is written once. `tasks` correspond to those of the request, by index. */
export interface KeptParts {
  readonly surroundings: SurroundingParts;
  readonly planId: Digest;
  readonly files: readonly (readonly [path: string, digest: Digest | null])[];
  readonly modules: readonly {
    /** Indexes in `files`. */
    readonly files: readonly number[];
    readonly lockFile: Digest | null;
    readonly options: string;
  }[];
  readonly settings: readonly TaskSettings[];
  readonly tasks: readonly KeptTask[];
}

/** Common values are left out: a function of the task's own name, without values or conditions. */
interface KeptTask {
  readonly s: number;
  readonly m?: number;
  readonly work?: JsonObject;
  readonly with?: Readonly<Record<string, Json>>;
  readonly when?: string;
  readonly map?: { readonly over: string; readonly as: string };
  readonly mentions?: readonly TaskName[];
  readonly time?: string;
  readonly uses?: UsedValues;
}

export function keepParts({ planId, surroundings, tasks }: PlanParts): KeptParts | undefined {
  if (surroundings === undefined) return undefined;
  const files = new Table<KeptParts['files'][number]>();
  const modules = new Table<KeptParts['modules'][number]>();
  const settings = new Table<TaskSettings>();
  const numbers = new Map<CodeParts, number>();
  const keepModule = (code: CodeParts): number => {
    const known = numbers.get(code);
    if (known !== undefined) return known;
    const places = code.files.map(({ path, digest }) => files.place(path, [path, digest]));
    const number = modules.place(code, { ...code, files: places });
    numbers.set(code, number);
    return number;
  };
  const kept = Array.from(tasks, ([name, { definition, code }]): KeptTask => {
    if (definition === undefined) return { s: -1 };
    const { work, with: values, when, map, mentions, uses, time } = definition;
    return {
      s: settings.place(definition.settings, definition.settings),
      ...(code === undefined ? {} : { m: keepModule(code) }),
      ...(work['task'] === name && work['cwd'] === undefined ? {} : { work }),
      ...(Object.keys(values).length === 0 ? {} : { with: values }),
      ...(when === undefined ? {} : { when }),
      ...(map === undefined ? {} : { map }),
      ...(mentions === undefined ? {} : { mentions }),
      ...(uses === undefined ? {} : { uses }),
      ...(time === undefined ? {} : { time }),
    };
  });
  return {
    planId,
    surroundings,
    files: files.rows,
    modules: modules.rows,
    settings: settings.rows,
    tasks: kept,
  };
}

class Table<Row> {
  readonly rows: Row[] = [];
  readonly #places = new Map<unknown, number>();

  place(key: unknown, row: Row): number {
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.rows.push(row) - 1;
      this.#places.set(key, place);
    }
    return place;
  }
}

/** Restores the parts. `tasks` come from the request; `kept` is absent in what an older dp wrote. */
export function readParts(
  request: {
    readonly params: JsonObject;
    readonly tasks: readonly (Pick<TaskParts, 'id' | 'codeHash' | 'dependsOn'> & {
      readonly name: TaskName;
    })[];
  },
  kept: KeptParts | undefined,
): PlanParts {
  const modules = kept?.modules.map(({ files, lockFile, options }): CodeParts => ({
    files: files.flatMap((place) => {
      const file = kept.files[place];
      return file === undefined ? [] : [{ path: file[0], digest: file[1] }];
    }),
    lockFile,
    options,
  }));
  const tasks = request.tasks.map(
    ({ name, id, codeHash, dependsOn }, place): [TaskName, TaskParts] => {
      const task = kept?.tasks[place];
      const settings = kept?.settings[task?.s ?? -1];
      const code = modules?.[task?.m ?? -1];
      if (task === undefined || settings === undefined) return [name, { id, codeHash, dependsOn }];
      const { work = { task: name }, with: values = {}, when, map, mentions, uses, time } = task;
      const definition: DefinitionParts = {
        work,
        with: values,
        settings,
        ...(when === undefined ? {} : { when }),
        ...(map === undefined ? {} : { map }),
        ...(mentions === undefined ? {} : { mentions }),
        ...(uses === undefined ? {} : { uses }),
        ...(time === undefined ? {} : { time }),
      };
      return [
        name,
        { id, codeHash, dependsOn, definition, ...(code === undefined ? {} : { code }) },
      ];
    },
  );
  return {
    planId: kept?.planId ?? '',
    params: request.params,
    tasks: new Map(tasks),
    ...(kept === undefined ? {} : { surroundings: kept.surroundings }),
  };
}
