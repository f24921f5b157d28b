/** Builds the Pipeline of the model from values that the format has checked. It reports no errors. */
import type { Located } from '../model/diagnostic.ts';
import { impossible } from '../model/fault.ts';
import { digestOf, type TaskName } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import type { MapSpec, ParamSpec, Pipeline, TaskSpec, TriggerSpec } from '../model/pipeline.ts';
import { parseEnd, parseInstant, parseMoment } from '../model/moment.ts';
import { HOOKS } from '../model/task.ts';
import type { PipelineRead } from './format/format.ts';
import { settingsFrom } from './format/setting-fields.ts';
import type { TaskRead } from './format/task-format.ts';
import type { TriggerRead } from './format/trigger-format.ts';
import type { DictionaryEntry } from './format/collections.ts';
import { splitDefault } from './rules/param-specs.ts';
import { NO_REFERENCES, type TaskReferences } from './rules/references.ts';
import { splitTemplate } from './expressions/template.ts';
import { looksSecret } from '../model/secrets.ts';
import type { PartialSettings } from '../model/settings.ts';

export function buildPipeline(
  read: PipelineRead,
  references: ReadonlyMap<TaskName, TaskReferences>,
  where: Pick<Pipeline, 'file' | 'folder'>,
): Pipeline {
  const tasks = new Map<TaskName, TaskSpec>();
  const processes = read.defaults?.value ?? {};
  const build = (name: TaskName, entry: DictionaryEntry<TaskRead>): TaskSpec =>
    buildTask(name, entry, { references: references.get(name) ?? NO_REFERENCES, processes });
  for (const [name, entry] of read.tasks.value) tasks.set(name, build(name, entry));
  for (const hook of HOOKS) {
    for (const [name, entry] of read.hooks?.value[hook]?.value ?? [])
      tasks.set(name, { ...build(name, entry), hook });
  }
  const defaults = read.defaults === undefined ? {} : settingsFrom(read.defaults.value);
  const env = (read.env?.value ?? []).map(({ value }) => value);
  const secrets = (read.secrets?.value ?? []).map(({ value }) => value);
  return {
    ...where,
    name: read.name.value,
    at: read.name.at,
    ...optional('description', read.description?.value),
    modules: read.modules?.value ?? [],
    params: new Map(
      [...(read.params?.value ?? [])].map(([name, entry]) => [name, buildParam(name, entry)]),
    ),
    env: [...new Set([...env, ...secrets])],
    secrets: [...new Set([...secrets, ...env.filter(looksSecret)])],
    tasks,
    defaults,
    pools: buildPools(read, [defaults, ...[...tasks.values()].map(({ settings }) => settings)]),
    timeout: read.timeout?.value ?? null,
    triggers: (read.triggers?.value ?? []).map(buildTrigger),
  };
}

/** A pool that is used and not declared has one slot; the file has been warned. */
function buildPools(
  read: PipelineRead,
  users: readonly PartialSettings[],
): ReadonlyMap<string, number> {
  const pools = new Map([...(read.pools?.value ?? [])].map(([name, { value }]) => [name, value]));
  for (const { pool } of users)
    if (typeof pool === 'string' && !pools.has(pool)) pools.set(pool, 1);
  return pools;
}

function buildParam(name: string, { value, keyAt }: DictionaryEntry<JsonObject>): ParamSpec {
  const { description } = value;
  return {
    name,
    at: keyAt,
    ...splitDefault(value),
    ...optional('description', typeof description === 'string' ? description : undefined),
  };
}

/** Returns the settings of processes under `defaults`. */
type ProcessesRead = Pick<TaskRead, 'shell' | 'cwd'>;

function buildTask(
  name: TaskName,
  { value: read, keyAt }: DictionaryEntry<TaskRead>,
  { references, processes }: { references: TaskReferences; processes: ProcessesRead },
): TaskSpec {
  const needs = new Map((read.needs?.value ?? []).map((need) => [need.value, need]));
  return {
    name,
    at: keyAt,
    ...optional('description', read.description?.value),
    work: buildWork(name, { value: read, keyAt }, processes),
    needs: [...needs.values()],
    inputs: located(read.inputs?.value),
    with: located(read.with?.value),
    tags: [...new Set((read.tags?.value ?? []).map(({ value }) => value))],
    ...references,
    ...optional(
      'when',
      read.when && {
        at: read.when.at,
        value:
          typeof read.when.value === 'boolean'
            ? String(read.when.value)
            : sourceOf(read.when.value),
      },
    ),
    ...optional('map', read.map && buildMap(read.map.value)),
    settings: settingsFrom(read),
  };
}

function buildWork(
  name: TaskName,
  { value: read, keyAt }: Pick<DictionaryEntry<TaskRead>, 'value' | 'keyAt'>,
  processes: ProcessesRead,
): TaskSpec['work'] {
  if (read.pipeline !== undefined)
    return { is: 'pipeline', file: read.pipeline, ...optional('output', read.output) };
  if (read.run === undefined) {
    return {
      is: 'function',
      task: read.task === undefined ? { value: name, at: keyAt } : read.task,
      ...optional('cwd', read.cwd),
      ...optional('defaultCwd', processes.cwd?.value),
    };
  }
  return {
    is: 'shell',
    command: read.run,
    ...optional('shell', (read.shell ?? processes.shell)?.value),
    ...optional('cwd', read.cwd ?? processes.cwd),
  };
}

function buildMap(read: NonNullable<TaskRead['map']>['value']): MapSpec {
  return {
    over: { value: sourceOf(read.over.value), at: read.over.at },
    as: read.as.value,
    maxParallel: read.max_parallel?.value ?? null,
  };
}

/** Returns the source inside a text that is exactly one `${…}`. */
function sourceOf(template: string): string {
  const [only] = splitTemplate(template);
  return only?.is === 'expression' ? only.source.trim() : template;
}

function buildTrigger({ value, at }: Located<TriggerRead>): TriggerSpec {
  const common = {
    at,
    name: value.says.name?.value ?? `${value.is}-${triggerHash(value.says)}`,
    params: Object.fromEntries(
      [...(value.says.params?.value ?? [])].map(([name, param]) => [name, param.value]),
    ),
    overlap: value.says.overlap?.value ?? 'skip',
  } as const;
  switch (value.is) {
    case 'cron': {
      const { cron, dst } = value.says;
      return {
        ...common,
        ...buildTimes(value.says),
        is: 'cron',
        cron: cron.value.map((each) => each.value),
        dst: { gap: dst?.value.gap?.value ?? 'run_after', fold: dst?.value.fold?.value ?? 'first' },
      };
    }
    case 'every': {
      const { every, anchor } = value.says;
      const times = buildTimes(value.says);
      const begin = anchor && parseMoment(anchor.value, times.timezone);
      return { ...common, ...times, is: 'every', every: every.value, anchor: begin ?? 0 };
    }
    case 'at':
      // The format has checked that it is an instant.
      return {
        ...common,
        ...buildTimes(value.says),
        is: 'at',
        instant: parseInstant(value.says.at.value) ?? 0,
      };
    case 'event':
      return { ...common, is: 'event', pattern: value.says.event.value };
    case 'file':
      return { ...common, is: 'file', glob: value.says.file.value };
    case 'api':
      return { ...common, is: 'api' };
    default:
      return impossible(value);
  }
}

function triggerHash(says: TriggerRead['says']): string {
  return digestOf([JSON.stringify(says, withoutPlaces)]).slice(0, 8);
}

/** A trigger that moves within the file keeps its hash. */
function withoutPlaces(_key: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  return typeof value === 'object' && value !== null && 'line' in value ? undefined : value;
}

type TimesRead = Extract<TriggerRead, { is: 'at' }>['says'];

function buildTimes({
  timezone,
  start,
  end,
  jitter,
  catchup,
}: Pick<TimesRead, 'timezone' | 'start' | 'end' | 'jitter' | 'catchup'>) {
  const zone = timezone?.value ?? 'UTC';
  return {
    timezone: zone,
    ...optional('start', start && parseMoment(start.value, zone)),
    ...optional('end', end && parseEnd(end.value, zone)),
    jitter: jitter?.value ?? 0,
    catchup: buildCatchup(catchup?.value),
  };
}

type Catchup = Extract<TriggerSpec, { is: 'cron' }>['catchup'];
type CatchupRead = NonNullable<Extract<TriggerRead, { is: 'cron' }>['says']['catchup']>['value'];

function buildCatchup(read: CatchupRead = 'none'): Catchup {
  const mode = typeof read === 'string' ? read : read.mode.value;
  const limit = typeof read === 'string' ? undefined : read.limit?.value;
  switch (mode) {
    case 'none':
      return { mode, limit: 0 };
    case 'last':
      return { mode, limit: 1 };
    case 'all':
      return { mode, limit: limit ?? 100 };
    default:
      return impossible(mode);
  }
}

function located<T>(
  entries: ReadonlyMap<string, DictionaryEntry<T>> | undefined,
): ReadonlyMap<string, Located<T>> {
  return new Map(
    [...(entries ?? [])].map(([key, entry]) => [key, { value: entry.value, at: entry.at }]),
  );
}

/** An optional property: absent rather than undefined. */
function optional<const K extends string, V>(
  key: K,
  value: V | undefined,
): { readonly [P in K]?: V } {
  // A cast: a computed key widens to string
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}
