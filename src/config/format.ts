/**
 * The pipeline file, said once: every key with its kind, its meaning and an example.
 * The checker reads by it, and `dp schema` hands it to editors as JSON Schema.
 */
import { FAILURE_REASONS } from '../model/failure-reason.ts';
import { isPipelineName, isTaskName } from '../model/ids.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { TRIGGER_RULES } from '../model/task.ts';
import { dictionary, list, oneOrMore, record, type RecordOf } from './collections.ts';
import {
  choice,
  duration,
  flag,
  json,
  type Kind,
  memorySize,
  name,
  number,
  orNothing,
  type Read,
  text,
  toJson,
  union,
  wrong,
} from './kinds.ts';
import { JSON_TYPES } from './param-schema.ts';
import { moduleProblem } from './modules.ts';

const pipelineName = name(
  'a name of lower-case letters, digits, "_" and "-", beginning with a letter, at most 100 long',
  '^[a-z][a-z0-9_-]{0,99}$',
  isPipelineName,
);
const taskName = name(
  'a task name: letters, digits, "_" and "-", beginning with a letter or "_", at most 100 long',
  '^[A-Za-z_][A-Za-z0-9_-]{0,99}$',
  isTaskName,
);
/** Of a pipeline: usable as `params.NAME` in expressions. */
const paramName = pattern(
  'a parameter name: letters, digits and "_", beginning with a letter or "_"',
  '^[A-Za-z_][A-Za-z0-9_]{0,99}$',
);
/** Of a task function: a property name in TypeScript. */
const argumentName = pattern(
  'the name of a parameter of the task',
  String.raw`^[\p{ID_Start}$_][\p{ID_Continue}$-]{0,99}$`,
);
const tag = pattern(
  'a tag: letters, digits and any of "_.:/-"',
  '^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,99}$',
);
const poolName = pattern(
  'a pool name: letters, digits, "_" and "-", beginning with a letter',
  '^[A-Za-z][A-Za-z0-9_-]{0,99}$',
);
const variableName = pattern(
  'the name of an environment variable, without a value',
  '^[A-Za-z_][A-Za-z0-9_]*$',
);
const someText = text('text that is not blank', { minLength: 1 }, (value) => value.trim() !== '');

const reasons = oneOrMore(choice(FAILURE_REASONS));
const retried: typeof reasons = {
  ...reasons,
  read(node, path, report) {
    if (node.is !== 'list' || node.items.length > 0) return reasons.read(node, path, report);
    const hint = 'for no retries write `max_retries: 0`';
    return wrong({ node, path, report }, `${reasons.expected} of them`, { hint });
  },
};

const retry = record(
  {
    on: {
      kind: retried,
      about:
        'Which ends of an attempt are tried again: failed (it threw), timed_out, crashed (its thread or process died). Default all.',
      example: ['timed_out', 'crashed'],
    },
    delay: {
      kind: duration(),
      about: 'How long to wait before the first retry. Default 1 second.',
      example: 1,
    },
    backoff: {
      kind: choice(['constant', 'linear', 'exponential']),
      about: 'How the delay grows from one retry to the next. Default exponential.',
    },
    factor: {
      kind: number('a number from 1 to 1000', { minimum: 1, maximum: 1000 }),
      about: 'Growth per attempt of an exponential backoff. Default 2.',
    },
    max_delay: {
      kind: duration(),
      about: 'No delay is longer than this. Default 300 seconds.',
      example: '5m',
    },
    jitter: {
      kind: union('none, full, or a share from 0 to 1', [
        choice(['none', 'full']),
        number('a share from 0 to 1', { minimum: 0, maximum: 1 }),
      ]),
      about:
        'full: anywhere between 0 and the delay. none: exactly the delay. A number: plus or minus that share. Default full.',
    },
  },
  {
    max_attempts: 'write `max_retries:` beside `retry:`',
    max_retries: 'it stands beside `retry:`',
    retry_on: 'write "on"',
    reasons: 'write "on"',
    when: 'write "on"',
  },
);

/** What a task and `defaults:` can both say. */
const settings = {
  max_retries: {
    kind: number('a whole number from 0 to 1000', { integer: true, minimum: 0, maximum: 1000 }),
    about: 'How often a failed attempt is tried again. Default 0.',
    example: 3,
  },
  retry: {
    kind: retry,
    about: 'When to try again.',
    example: { delay: 1, backoff: 'exponential', factor: 2, max_delay: 60, jitter: 'full' },
  },
  timeout: {
    kind: duration({ positive: true }),
    about: 'Of each attempt. The work is stopped, not only reported. Default: none.',
    example: '1m30s',
  },
  total_timeout: {
    kind: duration({ positive: true }),
    about:
      'Of all attempts together, from the start of the first, waits between them included. Default: none.',
    example: '10m',
  },
  queue_timeout: {
    kind: duration({ positive: true }),
    about: 'How long the task may wait for a slot once it is ready. Default: none.',
    example: '1h',
  },
  heartbeat: {
    kind: duration({ positive: true }),
    about:
      'An attempt that for so long neither calls ctx.heartbeat() or ctx.progress(), nor logs, prints or yields, is timed out. Default: none.',
    example: '30s',
  },
  isolation: {
    kind: choice(['thread', 'process']),
    about:
      'Where the function runs: on a thread of dp, or in a process of its own, for native code and a folder of its own. Default thread.',
    example: 'process',
  },
  memory: {
    kind: memorySize,
    about:
      'Most that the function may use: of heap on a thread, in all in a process. More is a crash of that attempt. Default: none.',
    example: '512MiB',
  },
  fail_safe: { kind: flag, about: 'Its failure does not fail the run. Default false.' },
  stream_output: {
    kind: flag,
    about: 'The task is a generator: each value it yields is a result of its own. Default false.',
  },
  resumable: {
    kind: flag,
    about:
      'With stream_output: a new attempt goes on with the stream of the last one, after the first `ctx.resumeFrom` items. Default false.',
  },
  cache: {
    kind: union('true, false, or { ttl: DURATION }', [
      flag,
      record({
        ttl: { kind: duration(), about: 'Results older than this are not reused.', example: '7d' },
      }),
    ]),
    about:
      'Reuse a stored result of the same key: same code, inputs and parameters. Default false.',
    example: { ttl: '7d' },
  },
  pool: {
    kind: poolName,
    about: 'Name of a concurrency limit under `pools:`.',
    example: 'database',
  },
  priority: {
    kind: number('a whole number from -1000 to 1000', {
      integer: true,
      minimum: -1000,
      maximum: 1000,
    }),
    about: 'Among ready tasks the larger starts first. Default 0.',
  },
  trigger_rule: {
    kind: choice(TRIGGER_RULES),
    about: 'Which outcomes of the tasks it needs let it run. Default all_success.',
  },
} as const;

/** `retries:` and the like, as other tools call them. */
const SETTINGS_ELSEWHERE = {
  retries: 'write "max_retries"',
  retry_delay: 'write `retry: { delay: … }`',
  retry_policy: 'write "retry"',
  continue_on_error: 'write `fail_safe: true`',
  allow_failure: 'write `fail_safe: true`',
  ignore_errors: 'write `fail_safe: true`',
  timeout_seconds: 'write "timeout"',
  timeout_minutes: 'write `timeout: 5m`',
  execution_timeout: 'write "timeout"',
  start_to_close_timeout: 'write "timeout"',
  schedule_to_close_timeout: 'write "total_timeout"',
  deadline: 'write "total_timeout"',
  schedule_to_start_timeout: 'write "queue_timeout"',
  wait_timeout: 'write "queue_timeout"',
  heartbeat_timeout: 'write "heartbeat"',
  retry_on: 'write `retry: { on: […] }`',
  mem_limit: 'write "memory"',
  memory_limit: 'write "memory"',
  max_memory: 'write "memory"',
  isolate: 'write `isolation: process`',
  isolated: 'write `isolation: process`',
  executor: 'write `isolation: thread` or `isolation: process`',
  priority_weight: 'write "priority"',
  cached: 'write "cache"',
};

const map = record(
  {
    over: {
      kind: text('an expression that gives a list, such as "${tasks.clean.output.months}"'),
      about: 'The list: one element, one run of the task.',
      example: '${tasks.clean.output.months}',
      required: true,
    },
    as: {
      kind: argumentName,
      about: 'The parameter of the task that receives the element.',
      example: 'month',
      required: true,
    },
    max_parallel: {
      kind: number('a whole number above zero', { integer: true, minimum: 1 }),
      about: 'How many elements may run at once. Default: as many as there are workers.',
      example: 4,
    },
  },
  {
    items: 'write "over"',
    in: 'write "over"',
    item: 'write "as"',
    concurrency: 'write "max_parallel"',
  },
);

/** What a task and a hook can both say of their work. */
const work = {
  task: {
    kind: taskName,
    about: 'The registered task to run, when it is not called as the key says.',
  },
  description: { kind: text(), about: 'What the task does, in a sentence.' },
  with: {
    kind: dictionary(argumentName, json),
    about: 'Values for the other parameters. Texts may hold ${…} expressions; $${ is a literal ${.',
    example: { url: '${params.source}' },
  },
  tags: { kind: oneOrMore(tag), about: 'For `--tags`.', example: ['etl', 'extract'] },
  when: {
    kind: union('an expression such as "${params.year > 1990}", true or false', [flag, text()]),
    about: 'If it gives false, the task is skipped.',
    example: '${params.year > 1990}',
  },
  map: {
    kind: map,
    about: 'Run the task once for every element of a list.',
    example: { over: '${tasks.clean.output.months}', as: 'month', max_parallel: 4 },
  },
  run: {
    kind: someText,
    about:
      'A command for the shell, instead of a function. Expressions in it reach the command as data, never as code.',
    example: 'psql -f load.sql',
  },
  shell: {
    kind: someText,
    about: 'The shell that `run` is for: a program that takes `-c COMMAND`. Default sh.',
    example: 'bash',
  },
  pipeline: {
    kind: someText,
    about:
      'Another pipeline file, relative to this one, to run as this task. `with` gives its parameters.',
    example: './other.yaml',
  },
  output: {
    kind: taskName,
    about:
      'The task of that other pipeline whose result this one gives. Default: the id and status of the run.',
  },
  cwd: {
    kind: someText,
    about:
      'Where `run` starts, relative to this file; default its folder. For a function with `isolation: process`, the folder of its process.',
  },
} as const;

/** Keys of tasks as other tools call them. */
const TASK_ELSEWHERE = {
  ...SETTINGS_ELSEWHERE,
  args: 'write "with"',
  arguments: 'write "with"',
  params: 'write "with"',
  parameters: 'write "with"',
  vars: 'write "with"',
  function: 'write "task"',
  uses: 'write "task"',
  module: 'list the file under the top-level `modules:`; the task is found by its name',
  script: 'write "run"',
  command: 'write "run"',
  cmd: 'write "run"',
  bash: 'write "run"',
  if: 'write "when"',
  condition: 'write "when"',
  foreach: 'write "map"',
  for_each: 'write "map"',
  matrix: 'write "map"',
  name: 'the key is the name; `task:` says which function',
  working_directory: 'write "cwd"',
  working_dir: 'write "cwd"',
  subworkflow: 'write "pipeline"',
  workflow: 'write "pipeline"',
  subflow: 'write "pipeline"',
  flow_id: 'write "pipeline"',
  trigger_dag_id: 'write "pipeline"',
  include: 'write "pipeline"',
  outputs: 'write "output", the name of one task',
  result: 'write "output"',
  env: 'environment variables are declared for the whole pipeline, under the top-level `env:`',
};

/** What stands under a name in `tasks:`. */
export const TASK = record(
  {
    ...work,
    needs: {
      kind: oneOrMore(taskName),
      about:
        'Tasks to wait for. If the task has a parameter of that name it receives the output. Tasks mentioned in expressions need not be repeated here.',
      example: ['download'],
    },
    inputs: {
      kind: dictionary(argumentName, taskName),
      about: 'Parameter ← task, when the names differ.',
      example: { rows: 'download' },
    },
    ...settings,
  },
  {
    ...TASK_ELSEWHERE,
    depends_on: 'write "needs"',
    dependencies: 'write "needs"',
    deps: 'write "needs"',
    upstream: 'write "needs"',
    after: 'write "needs"',
  },
);

const { trigger_rule: _rule, cache: _cache, ...hookSettings } = settings;
const WAITS_FOR_ALL =
  'a hook starts when every task has its outcome; read them as ${tasks.NAME.status} and ${tasks.NAME.output}';

/** What stands under a name in `hooks.on_…:`. */
const HOOK = record(
  { ...work, ...hookSettings },
  {
    ...TASK_ELSEWHERE,
    needs: WAITS_FOR_ALL,
    inputs: WAITS_FOR_ALL,
    depends_on: WAITS_FOR_ALL,
    trigger_rule:
      'which hooks run is said by on_success, on_failure and on_finish; `when:` says more',
    cache: 'a hook is there for what it does, so its results are not used again',
  },
);
const hook = dictionary(taskName, orNothing(HOOK, {}), 'a mapping from names to tasks');

const parameterSchema: Kind<JsonObject> = {
  expected: 'a JSON Schema, such as { type: integer, default: 1 }',
  schema: { $ref: 'https://json-schema.org/draft/2020-12/schema' },
  accepts: (node) => node.is === 'map',
  read(node, path, report) {
    if (node.is === 'map') return toJson(node) as JsonObject;
    const type = node.is === 'scalar' && JSON_TYPES.find((known) => known === node.value);
    const hint = type ? `write { type: ${type} }` : undefined;
    return wrong({ node, path, report }, this.expected, { hint });
  },
};

const modulePath: Kind<string> = {
  ...text('a path', { minLength: 1 }),
  read(node, path, report) {
    if (node.is !== 'scalar' || typeof node.value !== 'string')
      return wrong({ node, path, report }, this.expected);
    const problem = moduleProblem(node.value);
    if (problem === undefined) return node.value;
    report.error('DP3003', problem.message, node, problem.hint);
    return undefined;
  },
};

const forEveryTrigger = {
  params: {
    kind: dictionary(paramName, json),
    about: 'Values for the parameters of the pipeline. ${event…} is what fired the trigger.',
    example: { source: '${event.data.path}' },
  },
  overlap: {
    kind: choice(['skip', 'queue', 'cancel_running', 'allow']),
    about: 'What happens when a run of this pipeline is still going on. Default skip.',
  },
} as const;

const triggers = {
  cron: record({
    cron: {
      kind: text(),
      about: 'Five fields (minute hour day month weekday), or six with seconds in front.',
      example: '0 3 * * *',
      required: true,
    },
    timezone: {
      kind: text(),
      about: 'IANA name of the zone the fields are read in. Default UTC.',
      example: 'Asia/Seoul',
    },
    dst: {
      kind: record({
        gap: {
          kind: choice(['skip', 'run_after']),
          about: 'For a time that the clock jumps over. Default run_after.',
        },
        fold: {
          kind: choice(['first', 'second', 'both']),
          about: 'For a time that the clock shows twice. Default first.',
        },
      }),
      about: 'What happens when clocks change.',
    },
    catchup: {
      kind: union('none, last, all, or { mode, limit }', [
        choice(['none', 'last', 'all']),
        record({
          mode: { kind: choice(['none', 'last', 'all']), about: 'Which of them.', required: true },
          limit: {
            kind: number('a whole number from 1 to 10000', {
              integer: true,
              minimum: 1,
              maximum: 10_000,
            }),
            about: 'At most this many, the latest. Default 100.',
          },
        }),
      ]),
      about: 'Which ticks missed while nothing was running are made up for. Default none.',
    },
    ...forEveryTrigger,
  }),
  event: record({
    event: {
      kind: pattern(
        'a topic pattern: segments joined by ".", "*" for one of them, "**" for any number',
        String.raw`^(\*\*?|[^.*\s]+)(\.(\*\*?|[^.*\s]+))*$`,
        'DP1005',
      ),
      about: 'Topics whose events start a run.',
      example: 'data.*.arrived',
      required: true,
    },
    ...forEveryTrigger,
  }),
  file: record({
    file: {
      kind: someText,
      about: 'Files whose arrival starts a run; a path or glob relative to this file.',
      example: 'incoming/*.csv',
      required: true,
    },
    ...forEveryTrigger,
  }),
  api: record({
    api: {
      kind: orNothing(record({}), {}),
      about: 'Runs may be started over HTTP: POST /api/v1/pipelines/NAME/runs.',
      example: {},
      required: true,
    },
    ...forEveryTrigger,
  }),
};
type Triggers = typeof triggers;
export type TriggerRead = {
  [T in keyof Triggers]: { is: T; says: Read<Triggers[T]> };
}[keyof Triggers];

/** A trigger is what its one key of `cron event file api` says. */
const trigger: Kind<TriggerRead> = {
  expected: 'a mapping with one of cron, event, file, api',
  schema: { oneOf: Object.values(triggers).map((kind) => kind.schema) },
  accepts: (node) => node.is === 'map',
  read(node, path, report) {
    if (node.is !== 'map') return wrong({ node, path, report }, this.expected);
    const kinds = (Object.keys(triggers) as (keyof Triggers)[]).filter((kind) =>
      node.entries.has(kind),
    );
    const [is] = kinds;
    if (is === undefined || kinds.length > 1) {
      const found = is === undefined ? 'none of them' : kinds.join(' and ');
      report.error(
        'DP1008',
        `${path} must have one of cron, event, file, api; it has ${found}`,
        { start: node.start, end: node.start + 1 },
        'one trigger each; they all start the same pipeline',
      );
      return undefined;
    }
    const says = triggers[is].read(node, path, report);
    // A cast: `is` chose the record that was read
    return says === undefined ? undefined : ({ is, says } as TriggerRead);
  },
};

const HOOKS_ELSEWHERE = {
  success: 'write "on_success"',
  failure: 'write "on_failure"',
  on_error: 'write "on_failure"',
  on_completion: 'write "on_finish"',
  on_exit: 'write "on_finish"',
  always: 'write "on_finish"',
  finally: 'write "on_finish"',
  on_cancel: 'write "on_finish", with `when: "${run.status == \'cancelled\'}"`',
  on_cancellation: 'write "on_finish", with `when: "${run.status == \'cancelled\'}"`',
};

/** Top-level keys as other tools call them. */
const PIPELINE_ELSEWHERE = {
  ...SETTINGS_ELSEWHERE,
  module: 'write "modules", a list of files',
  schedule: 'write `triggers: [{ cron: "…" }]`',
  schedules: 'write `triggers: [{ cron: "…" }]`',
  cron: 'write `triggers: [{ cron: "…" }]`',
  on: 'write "triggers"',
  steps: 'write "tasks"',
  jobs: 'write "tasks"',
  nodes: 'write "tasks"',
  parameters: 'write "params"',
  inputs: 'write "params"',
  environment: 'write "env"',
  concurrency: 'write `pools: { NAME: SLOTS }`, and `pool: NAME` in the tasks',
  max_retries: 'put it under `defaults:`',
  retry: 'put it under `defaults:`',
  id: 'write "name"',
  dag_id: 'write "name"',
  on_success: 'write `hooks: { on_success: { NAME: … } }`',
  on_failure: 'write `hooks: { on_failure: { NAME: … } }`',
  on_finish: 'write `hooks: { on_finish: { NAME: … } }`',
  on_exit: 'write `hooks: { on_finish: { NAME: … } }`',
  on_completion: 'write `hooks: { on_finish: { NAME: … } }`',
  after_script: 'write `hooks: { on_finish: { NAME: … } }`',
  finally: 'write `hooks: { on_finish: { NAME: … } }`',
};

export const PIPELINE = record(
  {
    name: {
      kind: pipelineName,
      about: 'Unique in the project.',
      example: 'flights',
      required: true,
    },
    description: { kind: text(), about: 'What the pipeline is for, in a sentence.' },
    modules: {
      kind: oneOrMore(modulePath),
      about: 'Files that register tasks, relative to this one; globs allowed.',
      example: ['./flights.ts'],
    },
    params: {
      kind: dictionary(paramName, orNothing(parameterSchema, {})),
      about: 'Parameters of the pipeline: a JSON Schema each, given as -p NAME=VALUE.',
      example: { year: { type: 'integer', minimum: 1987, default: 2001 } },
    },
    env: {
      kind: oneOrMore(variableName),
      about:
        'Environment variables the tasks may see, beyond PATH HOME LANG LC_* TZ TMPDIR. Their values are redacted everywhere.',
      example: ['DATA_TOKEN'],
    },
    defaults: {
      kind: record(settings, SETTINGS_ELSEWHERE),
      about: 'Settings of every task that does not say otherwise.',
      example: { timeout: 300, max_retries: 1 },
    },
    pools: {
      kind: dictionary(
        poolName,
        number('a whole number above zero', { integer: true, minimum: 1, maximum: 100_000 }),
      ),
      about: 'Named concurrency limits: how many tasks may hold a slot at once.',
      example: { database: 3 },
    },
    timeout: {
      kind: duration({ positive: true }),
      about: 'Of a whole run. Default: none.',
      example: '2h',
    },
    tasks: {
      kind: dictionary(taskName, orNothing(TASK, {}), 'a mapping from task names to tasks'),
      about: 'The tasks, by name.',
      example: { download: null, clean: { needs: ['download'] } },
      required: true,
    },
    hooks: {
      kind: record(
        {
          on_success: {
            kind: hook,
            about: 'Tasks to run when the run has succeeded.',
            example: { publish: { run: 'make publish' } },
          },
          on_failure: {
            kind: hook,
            about: 'Tasks to run when the run has failed.',
            example: { alarm: { with: { failed: '${run.failed}' } } },
          },
          on_finish: {
            kind: hook,
            about: 'Tasks to run last, however the run went.',
            example: { clean_up: { run: 'rm -rf scratch' } },
          },
        },
        HOOKS_ELSEWHERE,
      ),
      about:
        'Tasks that run when all others have their outcome. ${run.status} and ${run.failed} tell them what it is.',
      example: { on_failure: { alarm: { with: { failed: '${run.failed}' } } } },
    },
    triggers: {
      kind: list(trigger),
      about: 'What starts runs by itself, while `dp schedule` is running.',
      example: [{ cron: '0 3 * * *', timezone: 'Asia/Seoul' }],
    },
  },
  PIPELINE_ELSEWHERE,
);
export type PipelineRead = Read<typeof PIPELINE>;
export type SettingsRead = RecordOf<typeof settings>;
export type TaskRead = Read<typeof TASK>;

/** The format as JSON Schema 2020-12, for editors. What only dp can check, it leaves open. */
export function pipelineFormatSchema(): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'dp pipeline',
    description: 'A data pipeline: parameters, tasks and triggers.',
    ...PIPELINE.schema,
  } satisfies Record<string, Json>;
}

function pattern(expected: string, source: string, code?: 'DP1005'): Kind<string> {
  const shape = new RegExp(source, 'u');
  const kind = name(expected, source, (value) => shape.test(value));
  return code === undefined
    ? kind
    : text(expected, { pattern: source }, (value) => shape.test(value));
}
