import { describe, expect, test } from 'vitest';
import { mistakesIn, parse } from './reading.ts';

/** A pipeline with one task `a`, whose keys are the given lines. */
const task = (...lines: string[]): string =>
  ['name: p', 'tasks:', '  a:', ...lines.map((line) => `    ${line}`), ''].join('\n');
const trigger = (...lines: string[]): string =>
  [
    'name: p',
    'tasks: { a: }',
    'triggers:',
    ...lines.map((line, index) => `${index === 0 ? '  - ' : '    '}${line}`),
    '',
  ].join('\n');
const pipeline = (...lines: string[]): string =>
  ['name: p', ...lines, 'tasks: { a: }', ''].join('\n');

/** A pipeline whose task `a` gets the given value, at line 9. */
const declared = (value: string): string =>
  `name: p\nparams: { year: { type: integer } }\nsecrets: [TOKEN]\ntasks:\n  by-month:\n  clean:\n  a:\n    with:\n      x: ${value}\n`;
const ZERO_TO_THOUSAND = 'must be a whole number from 0 to 1000';
const MEMORY =
  'must be an amount of memory from 128MiB to 1024GiB, such as "512MiB", "2GiB" or a number of MiB';
const DURATION = 'in seconds or like "1m30s", at most ten years';

describe('keys', () => {
  test.each([
    [
      'a misspelt key has a nearest name',
      task('need: [b]'),
      ['4:5 DP1004 unknown key "need" in tasks.a → did you mean "needs"?'],
    ],
    [
      'camel case is recognised',
      task('maxRetries: 3'),
      ['4:5 DP1004 unknown key "maxRetries" in tasks.a → write "max_retries"'],
    ],
    [
      'so is a dash',
      task('fail-safe: true'),
      ['4:5 DP1004 unknown key "fail-safe" in tasks.a → write "fail_safe"'],
    ],
    [
      'depends_on of other tools is needs',
      task('depends_on: [b]'),
      ['4:5 DP1004 unknown key "depends_on" in tasks.a → write "needs"'],
    ],
    [
      'dependsOn of other tools is needs',
      task('dependsOn: [b]'),
      ['4:5 DP1004 unknown key "dependsOn" in tasks.a → write "needs"'],
    ],
    [
      'retries of other tools is max_retries',
      task('retries: 3'),
      ['4:5 DP1004 unknown key "retries" in tasks.a → write "max_retries"'],
    ],
    [
      'module of a task belongs to the top',
      task('module: ./a.ts'),
      [
        '4:5 DP1004 unknown key "module" in tasks.a → list the file under the top-level `modules:`; the task is found by its name',
      ],
    ],
    [
      'schedule of other tools is a trigger',
      pipeline('schedule: "* * * * *"'),
      ['2:1 DP1004 unknown key "schedule" → write `triggers: [{ cron: "…" }]`'],
    ],
    [
      'a key without neighbours gets the list',
      pipeline('zzzzzz: 1'),
      [
        '2:1 DP1004 unknown key "zzzzzz" → known keys are name, description, modules, params, env, secrets, defaults, pools, timeout, tasks, hooks, triggers, …',
      ],
    ],
    [
      'a key that stands twice is refused',
      'name: p\ntasks:\n  a:\n  b:\n  a:\n',
      ['5:3 DP1003 duplicate key "a" → remove or rename one of them'],
    ],
    [
      'a missing name is asked for',
      'tasks: { a: }\n',
      [
        '1:1 DP1008 the pipeline lacks the key "name" → add `name:`, a name of lower-case letters, digits, "_" and "-", beginning with a letter, at most 100 long',
      ],
    ],
    [
      'missing tasks are asked for',
      'name: p\n',
      [
        '1:1 DP1008 the pipeline lacks the key "tasks" → add `tasks:`, a mapping from task names to tasks',
      ],
    ],
    [
      'no task is too few',
      'name: p\ntasks: {}\n',
      ['2:8 DP1011 the pipeline has no tasks → name at least one under `tasks:`'],
    ],
    [
      'function keys and commands exclude each other',
      task('run: ls', 'with: { x: 1 }'),
      [
        '5:5 DP1005 "with" is for functions and pipelines, but this task runs a command → write values into the command as ${…}, or remove `run:`',
      ],
    ],
    [
      'isolation is for functions',
      task('run: ls', 'isolation: process'),
      [
        '5:5 DP1005 "isolation" is for functions, but this task runs a command → remove it: a command always has a process of its own',
      ],
    ],
    [
      'mem_limit of other tools is memory',
      task('mem_limit: 512MiB'),
      ['4:5 DP1004 unknown key "mem_limit" in tasks.a → write "memory"'],
    ],
    [
      'heartbeatTimeout of other tools is heartbeat',
      task('heartbeatTimeout: 30s'),
      ['4:5 DP1004 unknown key "heartbeatTimeout" in tasks.a → write "heartbeat"'],
    ],
    [
      'retry_on of other tools is part of retry',
      task('retry_on: [crashed]'),
      ['4:5 DP1004 unknown key "retry_on" in tasks.a → write `retry: { on: […] }`'],
    ],
    [
      'a shell without a command is pointless',
      task('shell: bash'),
      [
        '4:5 DP1005 "shell" is for commands, but this task runs a function → add `run:`, or remove it',
      ],
    ],
  ])('%s', async (_sentence, yaml, mistakes) => {
    expect(await mistakesIn(yaml)).toEqual(mistakes);
  });
});

describe('values', () => {
  test.each([
    [
      'a timeout is a duration',
      task('timeout: soon'),
      [
        `4:14 DP1005 tasks.a.timeout must be a duration above zero, ${DURATION}, not the text "soon"`,
      ],
    ],
    [
      'a timeout is above zero',
      task('timeout: 0'),
      [`4:14 DP1005 tasks.a.timeout must be a duration above zero, ${DURATION}, not 0`],
    ],
    [
      'weeks are no unit',
      task('retry: { delay: 1w }'),
      [`4:21 DP1005 tasks.a.retry.delay must be a duration, ${DURATION}, not the text "1w"`],
    ],
    [
      'memory has binary units',
      task('memory: 512MB'),
      [`4:13 DP1005 tasks.a.memory ${MEMORY}, not the text "512MB" → write "512MiB"`],
    ],
    [
      'memory in bytes is told from MiB',
      task('memory: 536870912'),
      [`4:13 DP1005 tasks.a.memory ${MEMORY}, not 536870912 → a number is of MiB: write 512`],
    ],
    [
      'memory has to be enough for a worker',
      task('memory: 1'),
      [`4:13 DP1005 tasks.a.memory ${MEMORY}, not 1`],
    ],
    [
      'isolation is one of two',
      task('isolation: proces'),
      [
        '4:16 DP1005 tasks.a.isolation must be one of thread, process, not the text "proces" → did you mean "process"?',
      ],
    ],
    [
      'no reason at all is no retry policy',
      task('retry: { on: [] }'),
      [
        '4:18 DP1005 tasks.a.retry.on must be one of failed, timed_out, crashed, or a list of them, not a list → for no retries write `max_retries: 0`',
      ],
    ],
    [
      'a heartbeat is above zero',
      task('heartbeat: 0s'),
      [
        `4:16 DP1005 tasks.a.heartbeat must be a duration above zero, ${DURATION}, not the text "0s"`,
      ],
    ],
    [
      'retries are not negative',
      task('max_retries: -1'),
      [`4:18 DP1005 tasks.a.max_retries ${ZERO_TO_THOUSAND}, not -1`],
    ],
    [
      'retries are whole',
      task('max_retries: 1.5'),
      [`4:18 DP1005 tasks.a.max_retries ${ZERO_TO_THOUSAND}, not 1.5`],
    ],
    [
      'infinity is no number',
      task('max_retries: .inf'),
      [
        '4:18 DP1005 ".inf" is not a finite number → put it in quotes if text is meant',
        `4:18 DP1005 tasks.a.max_retries ${ZERO_TO_THOUSAND}, not Infinity`,
      ],
    ],
    [
      'an overflowing number is refused',
      task('with: { x: 1e999 }'),
      ['4:16 DP1005 "1e999" is not a finite number → put it in quotes if text is meant'],
    ],
    [
      'NaN is refused',
      task('with: { x: .nan }'),
      ['4:16 DP1005 ".nan" is not a finite number → put it in quotes if text is meant'],
    ],
    [
      'no number is rounded',
      task('with: { x: 9007199254740993 }'),
      [
        '4:16 DP1005 "9007199254740993" is beyond what a number holds exactly → put it in quotes: as text it keeps every digit',
      ],
    ],
    [
      'yes is text in YAML 1.2',
      task('fail_safe: yes'),
      [
        '4:16 DP1005 tasks.a.fail_safe must be true or false, not the text "yes" → in YAML 1.2 yes, no, on and off are text',
      ],
    ],
    [
      'a trigger rule has a nearest name',
      task('trigger_rule: all_sucess'),
      [
        '4:19 DP1005 tasks.a.trigger_rule must be one of all_success, all_done, all_failed, one_success, one_failed, none_failed, none_failed_min_one_success, always, not the text "all_sucess" → did you mean "all_success"?',
      ],
    ],
    [
      'jitter is a word or a share',
      task('retry: { jitter: 2 }'),
      ['4:22 DP1005 tasks.a.retry.jitter must be a share from 0 to 1, not 2'],
    ],
    [
      'cache takes no bare duration',
      task('cache: 7d'),
      [
        '4:12 DP1005 tasks.a.cache must be true, false, or a mapping with ttl, files, env, params, not the text "7d"',
      ],
    ],
    [
      'needs take names',
      task('needs: [1, "a b"]'),
      [
        '4:13 DP1007 tasks.a.needs[0] must be a task name: letters, digits, "_" and "-", beginning with a letter or "_", at most 100 long, not 1',
        '4:16 DP1007 tasks.a.needs[1] must be a task name: letters, digits, "_" and "-", beginning with a letter or "_", at most 100 long, not the text "a b"',
      ],
    ],
    [
      'a task is a mapping',
      'name: p\ntasks: { a: x }\n',
      [
        expect.stringMatching(
          /^2:13 DP1005 tasks\.a must be a mapping with task, description, with, .*, not the text "x"$/,
        ),
      ],
    ],
    [
      'environment variables have no value here',
      pipeline('env: { NODE_OPTIONS: --require ./evil.js }'),
      [
        '2:6 DP1005 env must be the name of an environment variable, without a value, or a list, not a mapping',
      ],
    ],
    [
      'a pool has at least one slot',
      pipeline('pools: { x: 0 }'),
      ['2:13 DP1005 pools.x must be a whole number above zero, not 0'],
    ],
    [
      'an undeclared pool is a warning',
      task('pool: database'),
      [
        '4:11 DP1005 the pool "database" is not declared, so it has one slot → declare it: `pools: { database: 3 }`',
      ],
    ],
    [
      'a misspelt pool too',
      'name: p\npools: { database: 3 }\ntasks: { a: { pool: databse } }\n',
      [
        '3:21 DP1005 the pool "databse" is not declared, so it has one slot → did you mean "database"?',
      ],
    ],
  ])('%s', async (_sentence, yaml, mistakes) => {
    expect(await mistakesIn(yaml)).toEqual(mistakes);
  });
});

describe('names', () => {
  test.each([
    '../../etc/cron.d/x',
    '.',
    '..',
    'a/b',
    'a\\b',
    'a b',
    'Ü',
    '',
    'a'.repeat(101),
    '-rf',
    '1a',
    '${PATH}',
    '\u001b[31m',
    'a\u0000b',
  ])('a pipeline cannot be called %j', async (name) => {
    const [mistake = ''] = await mistakesIn(`name: ${JSON.stringify(name)}\ntasks: { a: }\n`);
    expect(mistake).toMatch(/^1:7 DP1007 name must be a name of lower-case letters/);
    // oxlint-disable-next-line no-control-regex -- what must not reach a terminal
    expect(mistake).not.toMatch(/[\0-\x1f\x7f-\x9f]/);
  });

  test.each([
    '../../../tmp/pwned',
    '.',
    '..',
    'a/b',
    'a\\b',
    'a.b',
    'a'.repeat(101),
    'a\u0000b',
    '\u202eevil',
  ])('a task cannot be called %j', async (name) => {
    const [mistake = ''] = await mistakesIn(`name: p\ntasks:\n  ${JSON.stringify(name)}:\n`);
    expect(mistake).toMatch(/^3:3 DP1007 a key under tasks must be a task name/);
  });

  test('tasks may be called like the members of every object', async () => {
    const { pipeline: read } = await parse(
      'name: p\ntasks: { constructor: , toString: , hasOwnProperty: , valueOf: { with: { constructor: 1 } } }\n',
    );
    expect([...read!.tasks.keys()]).toEqual([
      'constructor',
      'toString',
      'hasOwnProperty',
      'valueOf',
    ]);
    expect(read!.tasks.get('valueOf')!.with.get('constructor')?.value).toBe(1);
  });

  test('__proto__ is refused at every depth, and pollutes nothing', async () => {
    expect(await mistakesIn(task('with: { x: { __proto__: { polluted: true } } }'))).toEqual([
      '4:18 DP1007 "__proto__" is not allowed as a key',
    ]);
    expect(await mistakesIn('name: p\ntasks:\n  a:\n  __proto__: { polluted: true }\n')).toEqual([
      '4:3 DP1007 "__proto__" is not allowed as a key',
    ]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('expressions', () => {
  test.each([
    [
      'a root name is known',
      '"${parms.year}"',
      ['9:13 DP1009 unknown name "parms" → did you mean "params"?'],
    ],
    [
      'a parameter is declared',
      '"${params.yaer + 1}"',
      ['9:13 DP1009 unknown parameter "yaer" → did you mean "year"?'],
    ],
    [
      'an environment variable is declared',
      '"text ${env.TOKNE} more"',
      ['9:18 DP1009 the environment variable "TOKNE" is not declared → did you mean "TOKEN"?'],
    ],
    [
      'an undeclared one is to be added',
      '"${env.HOME}"',
      ['9:13 DP1009 the environment variable "HOME" is not declared → add it to `env:`'],
    ],
    [
      'a task exists',
      '${tasks.claen.output}',
      ['9:12 DP1009 unknown task "claen" → did you mean "clean"?'],
    ],
    [
      'a task has output and status',
      '${tasks.clean.result}',
      ['9:12 DP1009 a task has output and status, not "result" → write tasks.clean.output'],
    ],
    [
      'a dash is a minus',
      '${tasks.by-month.output}',
      [
        '9:12 DP1009 unknown task "by" → a name with a dash is written tasks["by-month"]',
        '9:21 DP1009 unknown name "month" → a name with a dash is written tasks["by-month"]',
      ],
    ],
    [
      'tasks cannot be computed',
      '"${tasks[params.year]}"',
      [
        '9:13 DP1009 "tasks" needs the name of a task, such as tasks.clean.output → a name cannot be computed: the plan has to know what waits for what',
      ],
    ],
    [
      'run has two fields',
      '"${run.nme}"',
      ['9:13 DP1009 "run" has no "nme" → it has run.id, run.pipeline and run.time'],
    ],
    [
      'events are for triggers',
      '${event.data}',
      [
        '9:12 DP1009 "event" does not exist here → known names are params, env, tasks, run; write $${ if it is meant as text',
      ],
    ],
    ['CEL has to parse', '${1 +}', ['9:15 DP1009 the expression ends too early']],
    [
      'types that can never fit are found',
      '"${1 + \'a\'}"',
      ['9:13 DP1009 + does not take a whole number and a text; string(…) makes a text of a value'],
    ],
    ['something has to stand there', '"${}"', ['9:13 DP1009 the expression is empty']],
    [
      'it has to end',
      '"${"',
      ['9:11 DP1009 "${" is never closed; write "$${" if it is meant as text'],
    ],
    [
      'a brace inside a text ends nothing',
      '\'${"}" + nope}\'',
      [
        '9:19 DP1009 unknown name "nope" → known names are params, env, tasks, run; write $${ if it is meant as text',
      ],
    ],
    [
      'a variable of the shell is recognised',
      '${HOME}',
      [
        '9:12 DP1009 unknown name "HOME" → known names are params, env, tasks, run; write $${ if it is meant as text',
      ],
    ],
    [
      'escapes before it move the place',
      '"\\u00e9\\t${foo}"',
      [expect.stringMatching(/^9:21 DP1009 unknown name "foo"/)],
    ],
    [
      'quotes before it move the place',
      "'it''s ${foo}'",
      [expect.stringMatching(/^9:19 DP1009 unknown name "foo"/)],
    ],
    [
      'a block text keeps its lines',
      '|\n        first\n          second ${foo}',
      [expect.stringMatching(/^11:20 DP1009 unknown name "foo"/)],
    ],
    [
      'a folded text has the place of its beginning',
      '>\n        first\n        second ${foo}',
      [expect.stringMatching(/^9:10 DP1009 unknown name "foo"/)],
    ],
    [
      'it is found inside lists and mappings',
      '[{ y: ["${foo}"] }]',
      [expect.stringMatching(/^9:20 DP1009 unknown name "foo"/)],
    ],
    ['an escaped one is text', '"$${HOME}"', []],
  ])('in a value, %s', async (_sentence, value, mistakes) => {
    expect(await mistakesIn(declared(value))).toEqual(mistakes);
  });

  test('a condition is one expression', async () => {
    expect(await mistakesIn(task('when: run.id'))).toEqual([
      '4:11 DP1009 "run.id" is not a single expression → write "${…}" around all of it',
    ]);
  });

  test('in triggers only what fired them is known', async () => {
    expect(
      await mistakesIn(
        `params: { x: {}, y: {} }\n${trigger('event: data.*', 'params: { x: "${params.y}", y: "${event.data.path}" }')}`,
      ),
    ).toEqual([
      '6:21 DP1009 "params" does not exist here → known names are event, tick; write $${ if it is meant as text',
    ]);
  });

  test('a command takes them only where they arrive as data', async () => {
    expect(await mistakesIn(task('run: |', "  cat <<'EOF'", '  ${run.id}', '  EOF'))).toEqual([
      '6:7 DP1009 a here-document with a quoted delimiter replaces no variables; remove the quotes, or put the value into a variable before',
    ]);
    expect(await mistakesIn(task('run: print(${run.id})', 'shell: python'))).toEqual([
      '4:10 DP1009 expressions cannot be passed safely to "python" → they work in sh, bash, dash, ksh and zsh',
    ]);
  });

  test('they are reported where they would not be evaluated', async () => {
    expect(await mistakesIn(task('run: ls', 'cwd: ${run.id}'))).toEqual([
      '5:10 DP1009 expressions are not evaluated in cwd → they are evaluated in with, when, map.over and run: `run: cd ${…} && …`',
    ]);
  });
});

/** A pipeline with a task that gives another one the value. */
const parent = (given: string): string =>
  `name: p\nsecrets: [DB_PIN]\nenv: [REGION]\ntasks:\n  a: { pipeline: ./b.yaml, ${given} }\n`;

describe('secrets', () => {
  const KEPT =
    'DP1009 the secret "DB_PIN" would be kept in clear: parameters of a pipeline are part of the record of its run → let that pipeline declare it: `secrets: [DB_PIN]`';

  test.each([
    [
      'a plain variable with the name of a secret is one, and told so',
      pipeline('env: [REGION, DATA_TOKEN, TOKEN_LIMIT]'),
      [
        '2:15 DP1012 "DATA_TOKEN" is named like a secret, so its value is redacted although it stands under `env:` → move it: `secrets: [DATA_TOKEN]`',
      ],
    ],
    ['one that is declared as a secret is not', pipeline('env: PASS', 'secrets: [PASS, X]'), []],
    ['another pipeline is given none', parent('with: { pin: "${env.DB_PIN}" }'), [`5:44 ${KEPT}`]],
    [
      'another pipeline is given none for each element',
      parent('map: { over: "${[env.DB_PIN]}", as: pin }'),
      [`5:45 ${KEPT}`],
    ],
    ['another pipeline is given plain variables', parent('with: { at: "${env.REGION}" }'), []],
    [
      'a secret that is not declared is to be added to them',
      declared('"${env.MY_KEY + env.API_KEY}"'),
      [
        expect.stringContaining('"MY_KEY" is not declared → add it to `env:`'),
        expect.stringContaining('"API_KEY" is not declared → add it to `secrets:`'),
      ],
    ],
  ])('%s', async (_sentence, yaml, mistakes) => {
    expect(await mistakesIn(yaml)).toEqual(mistakes);
  });
});

describe('triggers', () => {
  test.each([
    [
      'eight fields are too many',
      trigger('cron: "* * * * * * * *"'),
      [
        '4:12 DP1010 bad cron expression "* * * * * * * *": a cron expression has five fields (minute, hour, day of month, month, day of week), or six with seconds in front; found 8',
      ],
    ],
    [
      'the wrong field is named and marked',
      trigger('cron: "0 24 * * *"'),
      [
        '4:14 DP1010 bad cron expression "0 24 * * *": the hour field "24" is wrong: 24 is not within 0-23',
      ],
    ],
    [
      'a schedule that never fires is refused',
      trigger('cron: "0 0 30 2 *"'),
      [
        '4:16 DP1010 bad cron expression "0 0 30 2 *": it never fires: none of its months has such a day',
      ],
    ],
    [
      'a zone exists',
      trigger('cron: "0 3 * * *"', 'timezone: Asia/Seol'),
      ['5:15 DP1010 unknown time zone "Asia/Seol" → did you mean "Asia/Seoul"?'],
    ],
    [
      'an offset is no zone',
      trigger('cron: "0 3 * * *"', 'timezone: +09:00'),
      ['5:15 DP1010 unknown time zone "+09:00" → write an IANA name such as Europe/Berlin or UTC'],
    ],
    [
      'each cron of a list is checked',
      trigger('cron: ["0 3 * * *", "0 3 L-40 * *"]'),
      [
        '4:30 DP1010 bad cron expression "0 3 L-40 * *": the day of month field "L-40" is wrong: L-40 is no day: L is the last day, L-1 to L-30 are days before it',
      ],
    ],
    [
      'a period is at least a second',
      trigger('every: 500ms'),
      ['4:12 DP1010 a trigger fires at most once a second → write `every: 1s`'],
    ],
    [
      'an instant has its offset',
      trigger('at: 2026-12-24T18:00:00'),
      [
        '4:9 DP1005 triggers[0].at must be an instant with its offset, such as 2026-12-24T18:00:00+09:00, not the text "2026-12-24T18:00:00"',
      ],
    ],
    [
      'a date exists',
      trigger('every: 1d', 'start: 2026-02-30'),
      [
        '5:12 DP1005 triggers[0].start must be a date, such as 2026-12-24, or an instant with its offset, such as 2026-12-24T18:00:00+09:00, not the text "2026-02-30"',
      ],
    ],
    [
      'names differ',
      trigger('every: 1d', 'name: n').concat('  - every: 2d\n    name: n\n'),
      ['7:11 DP1005 the trigger name "n" is taken'],
    ],
    [
      'a topic pattern has no empty segment',
      trigger('event: a..b'),
      [
        '4:12 DP1005 triggers[0].event must be a topic pattern: segments joined by ".", "*" for one of them, "**" for any number, not the text "a..b"',
      ],
    ],
    [
      'wildcards are whole segments',
      trigger('event: a*.b'),
      [expect.stringMatching(/^4:12 DP1005 triggers\[0\]\.event must be a topic pattern/)],
    ],
    [
      'one trigger is of one kind',
      trigger('file: x', 'api: {}'),
      [
        '4:5 DP1008 triggers[0] must have one of cron, every, at, event, pipeline, file, api, manual; it has file and api → one trigger each; they all start the same pipeline',
      ],
    ],
    [
      'catchup is one of three',
      trigger('cron: "0 3 * * *"', 'catchup: some'),
      [
        '5:14 DP1005 triggers[0].catchup must be none, last, all, or { mode, limit, window }, not the text "some"',
      ],
    ],
    [
      'a queue has room for one run at least',
      trigger('every: 1d', 'overlap: { queue: { max: 0 } }'),
      ['5:30 DP1005 triggers[0].overlap.queue.max must be a whole number from 1 to 1000, not 0'],
    ],
    [
      'a trigger of the clock has no event',
      trigger('every: 1d', 'when: "${event.data.ok}"'),
      [
        '5:14 DP1009 "event" does not exist here → known names are tick; write $${ if it is meant as text',
      ],
    ],
    [
      'a condition is true or false',
      trigger('event: a', 'when: "${string(event.data.rows)}"'),
      [
        '5:11 DP1009 `when` is true or false, and ${string(event.data.rows)} is a text → compare it with something, as in ${params.mode == "full"}',
      ],
    ],
    [
      'a trigger ends after it starts',
      trigger('every: 1d', 'start: 2026-12-02', 'end: 2026-12-01'),
      ['6:10 DP1010 the trigger ends before it starts'],
    ],
    [
      'a pipeline follows another one',
      trigger('pipeline: p'),
      ['4:15 DP1005 a pipeline cannot start after itself'],
    ],
    [
      'the name of a done file holds the name of its file',
      trigger('file: x/*', 'done: ready'),
      ['5:11 DP1005 `done` must contain {name} → write `done: "{name}.ok"`'],
    ],
    [
      'a file is complete in one way',
      trigger('file: x/*', 'done: "{name}.ok"', 'settle: 1s'),
      ['5:11 DP1005 a file is complete by `settle` or by `done`, not by both → remove one of them'],
    ],
  ])('%s', async (_sentence, yaml, mistakes) => {
    expect(await mistakesIn(yaml)).toEqual(mistakes);
  });

  test.each(['Europe/Kyiv', 'Europe/Kiev', 'UTC', 'asia/seoul'])('%s is a zone', async (zone) => {
    expect(await mistakesIn(trigger('cron: "0 3 * * *"', `timezone: ${zone}`))).toEqual([]);
  });
});

describe('parameters', () => {
  test.each([
    [
      'a type exists',
      '{ type: integr }',
      [
        '2:22 DP1005 parameter "a" has no valid JSON Schema: /type must be equal to one of the allowed values → did you mean "integer"?',
      ],
    ],
    [
      'a keyword exists',
      '{ type: integer, minimun: 3 }',
      [
        '2:31 DP1005 parameter "a" has no valid JSON Schema: unknown keyword: "minimun" → did you mean "minimum"?',
      ],
    ],
    [
      'a schema is no type name',
      'integer',
      [
        '2:14 DP1005 params.a must be a JSON Schema, such as { type: integer, default: 1 }, not the text "integer" → write { type: integer }',
      ],
    ],
    [
      'a default fits its type',
      '{ type: integer, default: x }',
      ['2:40 DP1005 the default of parameter "a" must be an integer'],
    ],
    [
      'a default keeps its limits',
      '{ type: integer, minimum: 3, default: 2 }',
      ['2:52 DP1005 the default of parameter "a" must be at least 3'],
    ],
    [
      'a default fits inside',
      '{ type: array, items: { type: string }, default: [1] }',
      ['2:63 DP1005 the default of parameter "a" must be a text at /0'],
    ],
    [
      'a pattern is a regular expression',
      '{ type: string, pattern: "(" }',
      [
        expect.stringMatching(
          /^2:14 DP1005 parameter "a" has no valid JSON Schema: Invalid regular expression/,
        ),
      ],
    ],
    ['no schema at all is one', '', []],
  ])('%s', async (_sentence, schema, mistakes) => {
    expect(await mistakesIn(pipeline(`params: { a: ${schema} }`))).toEqual(mistakes);
  });
});

describe('YAML', () => {
  test.each([
    [
      'tabs do not indent',
      'name: p\ntasks:\n\ta:\n',
      ['3:1 DP1001 tabs are not allowed as indentation → indent with spaces'],
    ],
    [
      'a quote is closed',
      'name: p\ntasks: { a: }\n"unterminated: [\n',
      [
        expect.stringMatching(/^3:1 DP1001 /),
        expect.stringMatching(/^4:1 DP1001 missing closing "quote/),
      ],
    ],
    [
      'keys stand in one column',
      'name: p\ntasks:\n   a:\n  b:\n',
      [
        '4:3 DP1001 all mapping items must start at the same column → keys of one mapping start in the same column',
      ],
    ],
    [
      'a colon in a text needs quotes',
      'name: p\ndescription: a: b\ntasks: { a: }\n',
      [
        '2:14 DP1001 nested mappings are not allowed in compact mappings → put a text that contains ": " in quotes',
      ],
    ],
    [
      'a reserved character needs quotes',
      pipeline('description: @x'),
      ['2:14 DP1001 plain value cannot start with reserved character @ → put the value in quotes'],
    ],
    [
      'a tag is refused',
      'name: !!js/function "x"\ntasks: { a: }\n',
      [
        '1:7 DP1006 the tag "!!js/function" is not allowed → remove it; if the "!" belongs to the value, put the value in quotes',
      ],
    ],
    [
      'a directive is refused',
      '%YAML 1.1\n---\nname: p\ntasks: { a: }\n',
      [
        '1:1 DP1006 the directive "%YAML 1.1" is not allowed → remove it; a pipeline file is YAML 1.2',
      ],
    ],
    [
      'a merge key is refused',
      task('<<: { timeout: 5 }'),
      [
        '4:5 DP1006 the merge key "<<" is not allowed → settings shared by all tasks belong under `defaults:`; a whole value can be repeated with an alias',
      ],
    ],
    [
      'a second document is refused',
      'name: a\ntasks: { a: }\n---\nname: b\n',
      [
        '3:1 DP1006 a second document begins here → one file holds one pipeline: move the second to a file of its own',
      ],
    ],
    [
      'a list as a key is refused',
      'name: p\ntasks: { a: }\n? [x]\n: 1\n',
      ['3:3 DP1006 a key has to be plain text → put it in quotes'],
    ],
    [
      'an alias needs its anchor before',
      'name: p\ntasks: { a: *x }\n',
      [
        '2:13 DP1001 the alias "x" has no anchor before it → write `&x` in front of the value to repeat',
      ],
    ],
    [
      'half a surrogate pair is no text',
      pipeline('description: "\\ud800"'),
      [
        '2:14 DP1001 the text contains half of a surrogate pair → write characters beyond U+FFFF as "\\UXXXXXXXX"',
      ],
    ],
    [
      'an empty file is no pipeline',
      '',
      ['1:1 DP1011 the file is empty → a pipeline has at least `name:` and `tasks:`'],
    ],
    [
      'comments are no pipeline',
      '# nothing\n',
      ['1:1 DP1011 the file is empty → a pipeline has at least `name:` and `tasks:`'],
    ],
    [
      'a text is no pipeline',
      'just a string\n',
      [
        '1:1 DP1011 the file must be a mapping with name and tasks, not the text "just a string" → a pipeline has at least `name:` and `tasks:`',
      ],
    ],
    [
      'a list is no pipeline',
      '- a\n',
      [
        '1:1 DP1011 the file must be a mapping with name and tasks, not a list → a pipeline has at least `name:` and `tasks:`',
      ],
    ],
  ])('%s', async (_sentence, yaml, mistakes) => {
    expect(await mistakesIn(yaml)).toEqual(mistakes);
  });

  test('everything is reported at once, in the order of the file', async () => {
    const mistakes = await mistakesIn(
      'name: P\nenv: [a b]\ntasks:\n  a: { need: b, with: { x: "${nope}" } }\n  a: {}\ntriggers:\n  - cron: x\n  - event: ..\n',
    );
    const places = mistakes.map((mistake) => mistake.split(' ', 2).join(' '));
    expect(places).toEqual([
      '1:7 DP1007',
      '2:7 DP1007',
      '4:8 DP1004',
      '4:31 DP1009',
      '5:3 DP1003',
      '7:11 DP1010',
      '8:12 DP1005',
    ]);
  });

  test('a place has a beginning and an end', async () => {
    const { diagnostics } = await parse(task('timeout: soon'));
    expect(diagnostics[0]?.at).toEqual({
      file: '/project/p.yaml',
      line: 4,
      column: 14,
      end: { line: 4, column: 18 },
    });
  });

  test('a duplicate key names the first one', async () => {
    const { diagnostics } = await parse('name: p\ntasks:\n  a:\n  a:\n');
    expect(diagnostics[0]?.related).toMatchObject([
      { message: 'the first one', at: { line: 3, column: 3 } },
    ]);
  });
});

describe('shells', () => {
  const SHELL =
    'must be a program such as bash, or its whole argument list such as [bash, -euo, pipefail, -c]';

  test.each([
    [
      'arguments behind the name are written as a list',
      task('run: ls', 'shell: bash -euo pipefail'),
      `5:12 DP1005 tasks.a.shell ${SHELL}, not the text "bash -euo pipefail" → write a list: [bash, -euo, pipefail, -c]`,
    ],
    [
      'under defaults too',
      pipeline('defaults: { shell: bash -e }'),
      `2:20 DP1005 defaults.shell ${SHELL}, not the text "bash -e" → write a list: [bash, -e, -c]`,
    ],
    [
      'an empty list',
      task('run: ls', 'shell: []'),
      `5:12 DP1005 tasks.a.shell ${SHELL}, not a list`,
    ],
    [
      'a list without -c',
      task('run: ls', 'shell: [bash, -euo, pipefail]'),
      '5:12 DP1005 tasks.a.shell would take the command for the name of a file → end the list with -c; the command follows it',
    ],
    [
      'an expression in a list',
      task('run: ls', 'shell: ["${run.id}", -c]'),
      '5:13 DP1009 expressions are not evaluated in shell → they are evaluated in with, when, map.over and run: `run: cd ${…} && …`',
    ],
    [
      'an expression for the shell that defaults say',
      'name: p\ndefaults: { shell: [fish, -c] }\ntasks:\n  a: { run: "echo ${run.id}" }\n',
      '4:13 DP1009 expressions cannot be passed safely to "fish" → they work in sh, bash, dash, ksh and zsh',
    ],
  ])('%s', async (_what, text, mistake) => {
    expect(await mistakesIn(text)).toEqual([mistake]);
  });

  test.each([
    '[bash, -e, -c]',
    '[bash, -ec]',
    '[bash, in-container.sh]',
    '/opt/bin/fish',
    '[node, -e]',
  ])('%s is a shell', async (shell) => {
    expect(await mistakesIn(task('run: ls', `shell: ${shell}`))).toEqual([]);
  });
});

describe('the shell’s own braces', () => {
  const HINT = 'write $${ if it is meant as text, as for the shell';

  test.each([
    ['a default value', 'deploy "${STAGE:-dev}"'],
    ['a length', 'echo ${#x}'],
    ['a suffix that is taken off', 'echo ${x%.*}'],
    ['an argument', 'echo ${1}'],
  ])('%s', async (_what, command) => {
    const [mistake, ...more] = await mistakesIn(task('run: |', `  ${command}`));
    expect(mistake).toMatch(/^5:\d+ DP1009 /);
    expect(mistake).toContain(`→ ${HINT}`);
    expect(more).toEqual([]);
  });

  test('in a value that takes texts in, too', async () => {
    const [mistake] = await mistakesIn(task('with: { url: "http://${HOST:-x}/" }'));
    expect(mistake).toContain(HINT);
  });
});

const mistakesOfTask = async (keys: string): Promise<string[]> =>
  await mistakesIn(`name: p
env: [MODE]
params:
  n: { type: integer, default: 1 }
  mode: { enum: [fast, slow], default: fast }
  on: { type: boolean, default: true }
  maybe: { type: [boolean, 'null'], default: null }
  limits: { type: object, properties: { on: { type: boolean }, rows: { type: array, items: { type: string } } } }
  open: { default: 1 }
tasks:
  sh: { run: echo }
  f: {}
  many: { map: { over: '\${params.limits.rows}', as: x } }
  t: { ${keys} }
`);

const mistakesOver = (list: string): Promise<string[]> =>
  mistakesOfTask(`task: f, map: { over: '${list}', as: x }`);

describe('a condition is true or false, and map.over a list', () => {
  test.each([
    ['${params.n}', 'a number'],
    ['${params.mode}', 'a text'],
    ['${params.limits}', 'a mapping'],
    ['${params.limits.rows}', 'a list'],
    ['${params.limits.rows[0]}', 'a text'],
    ['${env.MODE}', 'a text'],
    ['${run.id}', 'a text'],
    ['${tasks.sh.output}', 'a mapping'],
    ['${tasks.sh.output.exitCode}', 'a number'],
    ['${tasks.f.status}', 'a text'],
    ['${tasks.many.output}', 'a list'],
    ['${size(params.limits.rows)}', 'a number'],
    ['${params.on ? "yes" : "no"}', 'a text'],
    ['${timestamp("2020-01-01T00:00:00Z")}', 'no data'],
  ])('when: %s is %s', async (when, given) => {
    expect(await mistakesOfTask(`when: '${when}'`)).toEqual([
      expect.stringContaining(`DP1009 \`when\` is true or false, and ${when} is ${given}`),
    ]);
  });

  test.each([
    '${params.on}',
    '${params.maybe}',
    '${params.limits.on}',
    '${params.open}',
    '${params.n > 1}',
    '${env.MODE == "x"}',
    '${tasks.sh.output.truncated}',
    '${tasks.f.output}',
    '${tasks.f.output.deep[0].on}',
    '${has(tasks.f.output) && params.on}',
  ])('when: %s may be', async (when) => {
    expect(await mistakesOfTask(`when: '${when}'`)).toEqual([]);
  });

  test('map.over is held against the same types', async () => {
    for (const list of [
      '${params.limits.rows}',
      '${tasks.f.output}',
      '${[1, 2]}',
      '${params.open}',
    ])
      expect(await mistakesOver(list)).toEqual([]);
    for (const list of ['${params.n}', '${env.MODE}', '${tasks.sh.output.stdout}', '${params.on}'])
      expect(await mistakesOver(list)).toEqual([
        expect.stringContaining(`DP1009 \`map.over\` is a list, and ${list} is`),
      ]);
  });
});

const triggeredBy = (keys: string): string => `name: p
params: { year: { type: integer, default: 1 }, tag: { type: string, default: a } }
tasks: { a: { run: 'true' } }
triggers:
  - { ${keys} }
`;

describe("values of a trigger fit the pipeline's parameters", () => {
  test.each([
    ["cron: '@daily', params: { year: 2001 }"],
    ["event: data.x, params: { year: '${event.data.year}', tag: 'of ${event.data.day}' }"],
    ['api: {}'],
  ])('%s does', async (keys) => {
    expect(await mistakesIn(triggeredBy(keys))).toEqual([]);
  });

  test.each([
    [
      "cron: '@daily', params: { yaer: 1 }",
      '5:33 DP1005 the pipeline has no parameter "yaer" → did you mean "year"?',
    ],
    [
      "cron: '@daily', params: { year: abc }",
      '5:39 DP1005 the value of parameter "year" must be an integer',
    ],
    [
      "event: x, params: { year: 'y${event.data}' }",
      '5:33 DP1005 the value of parameter "year" must be an integer',
    ],
  ])('%s does not', async (keys, mistake) => {
    expect(await mistakesIn(triggeredBy(keys))).toEqual([mistake]);
  });
});
