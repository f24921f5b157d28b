/** The part of the pipeline file that says what a task is, and how it runs. */
import { FAILURE_REASONS } from '../../model/failure-reason.ts';
import { dictionary, oneOrMore, record, type RecordOf } from './collections.ts';
import {
  choice,
  duration,
  flag,
  json,
  memorySize,
  number,
  orNothing,
  type Read,
  text,
  union,
  wrong,
} from './kinds.ts';
import { taskName, argumentName, tag, poolName, someText } from './names.ts';
import { TRIGGER_RULES } from '../../model/trigger-rule.ts';

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
export const settings = {
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
export const SETTINGS_ELSEWHERE = {
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
  tags: {
    kind: oneOrMore(tag),
    about: 'Tags by which tasks can be selected.',
    example: ['etl', 'extract'],
  },
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

export const hook = dictionary(taskName, orNothing(HOOK, {}), 'a mapping from names to tasks');

export type SettingsRead = RecordOf<typeof settings>;

export type TaskRead = Read<typeof TASK>;
