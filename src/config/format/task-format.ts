/** The format of tasks and hooks in the pipeline file. */
import { SETTINGS_ELSEWHERE } from '../../model/settings.ts';
import { dictionary, oneOrMore, record } from './collections.ts';
import { json, orNothing, type ReadOf, union } from './kinds.ts';
import { argumentName, someText, tag, taskName, topicPattern } from './names.ts';
import { duration, flag, number, text } from './scalars.ts';
import { shell } from './shell.ts';
import { fixedForHooks, hookSettingFields, settingFields } from './setting-fields.ts';

const map = record(
  {
    over: {
      kind: text('an expression that gives a list, such as "${tasks.clean.output.months}"'),
      about: 'The list. The task runs once for each element.',
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

const waitFor = record(
  {
    event: {
      kind: topicPattern,
      about: 'The topics of the events that end the wait. Expressions in it are not evaluated.',
      example: 'data.*.arrived',
      required: true,
    },
    when: {
      kind: text('an expression such as "${event.data.rows > 0}"'),
      about: 'The condition that the event has to meet; other events are passed over.',
      example: '${event.data.rows > 0}',
    },
    timeout: {
      kind: duration({ positive: true }),
      about: 'The longest time to wait; after it the task has timed out. Default: none.',
      example: '1h',
    },
  },
  {
    topic: 'write "event"',
    pattern: 'write "event"',
    if: 'write "when"',
    filter: 'write "when"',
    condition: 'write "when"',
    until: 'write "timeout"',
  },
);

/** Keys for the process of a command, which a task, a hook and `defaults:` accept. */
export const processFields = {
  shell: {
    kind: shell,
    about:
      'The shell that `run` is for: a program that takes `-c COMMAND`, or a whole argument list, which the command is added to. Default sh.',
    example: 'bash',
  },
  cwd: {
    kind: someText,
    about:
      'Where `run` starts, relative to this file; default its folder. For a function with `isolation: process`, the folder of its process.',
  },
} as const;

/** Keys for the work of a task or a hook. */
const work = {
  task: {
    kind: taskName,
    about: 'The registered task to run, when its name is not the key.',
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
    about: 'The task is skipped when this gives false.',
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
      'A command for the shell, instead of a function. It stops at its first failing line. Expressions in it reach the command as data, never as code.',
    example: 'psql -f load.sql',
  },
  pipeline: {
    kind: someText,
    about:
      'Another pipeline file, relative to this one, to run as this task. `with` gives its parameters.',
    example: './other.yaml',
  },
  wait_for: {
    kind: waitFor,
    about: 'Wait for an event, instead of doing work. The event is the result of the task.',
    example: { event: 'data.*.arrived', timeout: '1h' },
  },
  output: {
    kind: taskName,
    about:
      'The task of that other pipeline whose result this one gives. Default: the id and status of the run.',
  },
  outputs: {
    kind: oneOrMore(someText),
    about:
      'The files that the command makes: paths and globs relative to this file, inside the project. With `cache` they are kept, and put back when the result is reused.',
    example: ['../dist/**'],
  },
  ...processFields,
} as const;

/** Keys of tasks in other tools, with the hint that names the key here. */
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
  wait: 'write `wait_for: { event: … }`',
  wait_for_event: 'write `wait_for: { event: … }`',
  sensor: 'write `wait_for: { event: … }`',
  result: 'write "output"',
  env: 'environment variables are declared for the whole pipeline, under the top-level `env:`',
};

/** The value under a name in `tasks:`. */
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
      about: 'The task that supplies each parameter, where the names differ.',
      example: { rows: 'download' },
    },
    ...settingFields,
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

const WAITS_FOR_ALL =
  'a hook starts when every task has its outcome; read them as ${tasks.NAME.status} and ${tasks.NAME.output}';

/** The value under a name in `hooks.on_…:`. */
const HOOK = record(
  {
    ...work,
    ...hookSettingFields,
  },
  {
    ...TASK_ELSEWHERE,
    needs: WAITS_FOR_ALL,
    inputs: WAITS_FOR_ALL,
    depends_on: WAITS_FOR_ALL,
    ...fixedForHooks,
  },
);

export const hook = dictionary(taskName, orNothing(HOOK, {}), 'a mapping from names to tasks');

export type TaskRead = ReadOf<typeof TASK>;
