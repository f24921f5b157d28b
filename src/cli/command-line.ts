/** The commands with their arguments; each command's work is loaded when it is called. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Sample } from '../app.ts';
import { A_RUN } from './arguments.ts';
import type { CommandContext, CommandWork, GlobalOptions } from './context.ts';
import { EXIT, Fault, type ExitCode } from '../model/fault.ts';
import type { Shard } from '../model/plan.ts';
import { VERSION } from '../version.ts';
import { reporterChoice, type ReporterChoice } from './reporters/choice.ts';
import { failureCode, reportFailure } from './failure.ts';
import { housekeepingCommands } from './housekeeping-commands.ts';
import { openTerminal, ReaderGone, type Terminal } from './terminal.ts';

/** Sets the exit code; the process ends when nothing is left to do. */
export async function runCommandLine(words: readonly string[]): Promise<void> {
  const json = words.includes('--json') && !words.slice(0, words.indexOf('--json')).includes('--');
  const terminal = openTerminal((fault) => {
    reportFailure(fault, terminal, json);
    process.once('exit', () => (process.exitCode = fault.exitCode));
  });
  // What nobody caught is our bug: it is told like one, not as a dump of the bundle.
  process.on('uncaughtException', (error) => {
    reportFailure(error, terminal, json);
    process.exit(failureCode(error));
  });
  try {
    await commandLine(terminal).parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (error instanceof ReaderGone || (error instanceof CommanderError && error.exitCode === 0))
      return;
    if (error instanceof CommanderError && error.code === 'commander.help') {
      process.exitCode = EXIT.usage;
      return;
    }
    const fault = error instanceof CommanderError ? usageFault(error) : error;
    reportFailure(fault, terminal, json);
    process.exitCode = failureCode(fault);
  }
}

function usageFault({ message }: CommanderError): Fault {
  const [what = message, ...rest] = message
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const hint = rest.join(' ').replace(/^\(Did you mean (.*)\?\)$/, 'did you mean "$1"?');
  return new Fault('DP2001', what, {
    hint: hint === '' ? '`dp --help` lists the commands, `dp COMMAND --help` its options' : hint,
  });
}

function commandLine(terminal: Terminal): Command {
  const dp = new Command('dp')
    .description('Plans, checks, runs and remembers data pipelines written in TypeScript.')
    .version(VERSION, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      outputError: () => undefined,
    })
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLES);

  const command = (name: string, description: string, examples: string): Command => {
    const made = dp.command(name).description(description).exitOverride();
    made
      .option('--json', 'one JSON document on stdout')
      .option(
        '--state-dir <folder>',
        'where runs are kept (default: DP_STATE_DIR, else .dp in the project)',
      );
    return made.addHelpText('after', `\nExamples:\n${examples}`);
  };
  const context = (options: GlobalOptions): CommandContext => ({
    terminal,
    json: options.json === true,
    place: {
      cwd: process.cwd(),
      env: process.env,
      ...(options.stateDir === undefined ? {} : { stateFolder: options.stateDir }),
    },
  });
  const act =
    (load: () => Promise<CommandWork>) =>
    async (...given: unknown[]): Promise<void> => {
      // Commander gives the arguments, then the options, then the command itself; all of them untyped.
      const options = given.at(-2) as GlobalOptions;
      const work = (await load()) as (
        context: CommandContext,
        ...words: unknown[]
      ) => Promise<ExitCode>;
      process.exitCode = await work(context(options), options, ...given.slice(0, -2));
    };

  executing(
    sharding(
      selecting(
        command(
          'run',
          'run a pipeline',
          '  dp run pipelines/flights.yaml\n  dp run pipelines/flights.yaml -p sample=2k -j 4\n  dp run pipelines/flights.yaml byMonth         # and what it needs\n  dp run pipelines/flights.yaml --only report   # from the last results of the others\n  dp run pipelines/flights.yaml --shard 2/3     # the second of three machines\n  dp run pipelines/flights.yaml --verify-cache 5  # are stored results still what the tasks give?\n  dp run pipelines/flights.yaml --reporter github --reporter junit=junit.xml',
        ),
      ),
    )
      .argument('[file]', ONE_FILE)
      .argument('[tasks...]', SOME_TASKS)
      .option(
        '--verify-cache [sample]',
        'make so many stored results again (5, or 20%; default 10%), and warn of those that come out otherwise; with --strict that fails',
        sampleFrom,
      ),
  ).action(act(async () => (await import('./commands/run.ts')).run));

  executing(
    command(
      'resume',
      'go on with a run that did not succeed; what succeeded is kept',
      '  dp resume last\n  dp resume 01k9abc -j 4',
    ).argument('<run>', A_RUN),
  ).action(act(async () => (await import('./commands/resume.ts')).resume));

  executing(
    command(
      'recover',
      'go on with every run whose process is gone',
      '  dp recover                                    # one look\n  dp recover --watch 10                         # a look every ten seconds, until it is stopped',
    ),
  )
    .option('--watch <seconds>', 'look again and again', nonNegative)
    .action(act(async () => (await import('./commands/recover.ts')).recover));

  executing(
    command(
      'retry',
      'do a run over as a new one, with its parameters and selection',
      '  dp retry last                                 # every task again\n  dp retry last --failed                        # keep what succeeded\n  dp retry 01k9abc --from clean                 # clean, and all that follows it',
    ).argument('<run>', A_RUN),
  )
    .option('--failed', 'only what did not succeed, what has changed since, and all that follows')
    .option(
      '--from <tasks>',
      'the same, and these tasks with all that follows them (a,b)',
      commaList,
    )
    .action(act(async () => (await import('./commands/retry.ts')).retry));

  sharding(
    selecting(
      command(
        'plan',
        'say what would run, in which order, and why; writes nothing',
        '  dp plan pipelines/flights.yaml\n  dp plan                                       # every pipeline under pipelines/\n  dp plan pipelines/flights.yaml byMonth        # and what it needs\n  dp plan pipelines/flights.yaml --why          # what changed since the last run\n  dp plan pipelines/flights.yaml --json | jq .levels\n  dp plan pipelines/flights.yaml --shard 1/3    # what the first of three machines does',
      ),
    ),
  )
    .argument(
      '[file]',
      'the pipeline file, or - for standard input; every one under pipelines/ when left out',
    )
    .argument('[tasks...]', SOME_TASKS)
    .option('--detailed-exitcode', 'exit 5 when a task would run')
    .option('--why', 'for each task what changed since the last run with an outcome of it')
    .option('--against <run>', `the same against this run: ${A_RUN}`)
    .action(act(async () => (await import('./commands/plan.ts')).plan));

  parameterized(
    command(
      'why',
      'why a task would run, is cached or is skipped, back to the change that began it',
      '  dp why byMonth pipelines/flights.yaml\n  dp why byMonth --against 1m84 --json\n  dp why byMonth --run last                     # what made it run then',
    ),
  )
    .argument('<task>', 'its name in the pipeline')
    .argument('[file]', ONE_FILE)
    .option('--against <run>', `compare with this run: ${A_RUN}`)
    .option('--run <run>', `of this run instead of what would run now: ${A_RUN}`)
    .action(act(async () => (await import('./commands/why.ts')).why));

  command(
    'diff',
    'what differs between two runs: definition, code, parameters, environment, and what became of each task',
    '  dp diff 1m84 last\n  dp diff 1m84 1m85 --json | jq .differences',
  )
    .argument('<before>', A_RUN)
    .argument('<after>', A_RUN)
    .action(act(async () => (await import('./commands/diff.ts')).diff));

  parameterized(
    command(
      'hash',
      'what plan ids and cache keys are made of; of two, side by side, and the first part that differs',
      '  dp hash pipelines/flights.yaml\n  dp hash 1m84:byMonth pipelines/flights.yaml:byMonth\n  dp hash 1m84 last --json',
    ),
  )
    .argument(
      '<a>',
      'a pipeline file or a run, or one of its tasks: FILE, FILE:TASK, RUN, RUN:TASK',
    )
    .argument('[b]', 'what to compare it with')
    .action(act(async () => (await import('./commands/hash.ts')).hash));

  selecting(
    command(
      'simulate',
      'try the pipeline out in made-up histories of failures, crashes and kills; no task runs',
      '  dp simulate pipelines/flights.yaml\n  dp simulate pipelines/flights.yaml --histories 10000\n  dp simulate pipelines/flights.yaml --seed 42 --histories 1  # one history again',
    ),
  )
    .argument('[file]', ONE_FILE)
    .argument('[tasks...]', SOME_TASKS)
    .option('--histories <count>', 'so many', positiveInteger, 1_000)
    .option(
      '--seed <number>',
      'what the first history follows from; drawn when left out',
      wholeNumber,
    )
    .action(act(async () => (await import('./commands/simulate.ts')).simulate));

  checking(
    command(
      'validate',
      'check pipeline files, modules and types; every mistake is listed',
      '  dp validate                                   # every pipeline under pipelines/\n  dp validate pipelines/flights.yaml --json\n  dp validate --format github                   # beside the lines of a pull request\n  dp validate --watch                           # again after each change',
    ),
  )
    .argument('[files...]', 'pipeline files; every one under pipelines/ when left out')
    .addOption(
      new Option('--format <format>', 'how to write what is wrong')
        .choices(['text', 'json', 'github', 'sarif'])
        .default('text'),
    )
    .option('--watch', 'check again whenever a file of the project changes; Ctrl-C ends it')
    .action(act(async () => (await import('./commands/validate.ts')).validate));

  selecting(
    command(
      'graph',
      'draw the pipeline as a graph; dotted arrows only order',
      '  dp graph pipelines/flights.yaml\n  dp graph pipelines/flights.yaml --format dot | dot -Tsvg > flights.svg',
    ),
  )
    .argument('[file]', ONE_FILE)
    .argument('[tasks...]', SOME_TASKS)
    .addOption(
      new Option('--format <format>', 'how to write it')
        .choices(['mermaid', 'dot', 'json'])
        .default('mermaid'),
    )
    .action(act(async () => (await import('./commands/graph.ts')).graph));

  command(
    'tasks',
    'list the tasks that modules register, with their types and places',
    '  dp tasks pipelines/flights.yaml\n  dp tasks --tags report --json',
  )
    .argument('[file]', 'of this pipeline only; of every one under pipelines/ when left out')
    .option('--tags <tags>', 'only tasks with any of these tags', commaList)
    .action(act(async () => (await import('./commands/tasks.ts')).tasks));

  command(
    'runs',
    'list runs, newest first',
    '  dp runs\n  dp runs --pipeline flights --status failed -n 5',
  )
    .option('-n, --limit <count>', 'at most so many', positiveInteger, 20)
    .option('--pipeline <name>', 'only of this pipeline')
    .option('--status <status>', 'queued, running, succeeded, failed, cancelled or crashed')
    .option('--before <run>', 'only runs that began before this one')
    .action(act(async () => (await import('./commands/runs.ts')).runs));

  command(
    'show',
    'what became of each task of a run, or what a task takes and gives',
    '  dp show\n  dp show 1m84 --json\n  dp show clean                                 # a task of the project\n  dp show last --html run.html                  # graph, timeline, tasks and logs in one page',
  )
    .argument('[run]', `${A_RUN}, or the name of a task; the last run when left out`)
    .option('--html <file>', 'write a page that needs nothing else; - for standard output')
    .action(act(async () => (await import('./commands/show.ts')).show));

  command(
    'logs',
    'what tasks printed and logged',
    '  dp logs last\n  dp logs 1m84 clean --attempt 2\n  dp logs last -f                               # while the run goes on, from another terminal\n  dp logs last clean --tail 20',
  )
    .argument('<run>', A_RUN)
    .argument('[task]', 'only of this task')
    .option('--attempt <number>', 'only this attempt', positiveInteger)
    .option('--tail <lines>', 'of each attempt only the last so many lines', positiveInteger)
    .option('-f, --follow', `${UNTIL_IT_ENDS}; with --json, a document a line`)
    .action(act(async () => (await import('./commands/logs.ts')).logs));

  command(
    'output',
    'the stored result of a task',
    '  dp output last byMonth --json | jq .\n  dp output last page > flights.html',
  )
    .argument('<run>', A_RUN)
    .argument('<task>', 'its name')
    .action(act(async () => (await import('./commands/output.ts')).output));

  command(
    'events',
    'the events of a run, oldest first, a line each',
    "  dp events last\n  dp events last --topic 'run.task.*' --json\n  dp events last -f                             # while the run goes on",
  )
    .argument('<run>', A_RUN)
    .option('--topic <pattern>', 'only topics that match; * is one segment, ** any number')
    .option('-f, --follow', UNTIL_IT_ENDS)
    .action(act(async () => (await import('./commands/events.ts')).events));

  housekeepingCommands(command, act);

  command('explain', 'what an error code means, and how to mend it', '  dp explain DP4001')
    .argument('[code]', 'such as DP4001; all codes are listed when left out')
    .action(act(async () => (await import('./commands/explain.ts')).explain));

  command(
    'pools',
    'who holds a slot of a pool, and who waits for one',
    '  dp pools\n  dp pools --json',
  ).action(act(async () => (await import('./commands/pools.ts')).pools));

  command(
    'schema',
    "the JSON Schema of this project's pipeline files, for editors",
    '  dp schema --out .dp/pipeline.schema.json\n  dp schema pipelines/flights.yaml              # with the tasks of its modules only',
  )
    .argument('[file]', 'of this pipeline only; of every one under pipelines/ when left out')
    .option('--out <file>', OUT_FILE)
    .action(act(async () => (await import('./commands/schema.ts')).schema));

  command(
    'types',
    "TypeScript declarations of the project's tasks and pipelines, and of the module dp",
    '  dp types --out dp.d.ts',
  )
    .option('--out <file>', OUT_FILE)
    .action(act(async () => (await import('./commands/types.ts')).types));

  command(
    'init',
    'make a small project that runs; overwrites nothing',
    '  dp init my-project && cd my-project && dp run pipelines/hello.yaml',
  )
    .argument('[folder]', 'made if need be; the present one when left out')
    .action(act(async () => (await import('./commands/init.ts')).init));

  return dp;
}

/** How a run goes, whoever begins it. */
function executing(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--reporter <reporter>',
        'who is told of it (repeatable): pretty, plain, ndjson, github, junit=FILE, sarif=FILE, markdown=FILE',
      )
        .argParser((word: string, before: readonly ReporterChoice[]) => [
          ...before,
          reporterChoice(word),
        ])
        .default([], 'pretty on a terminal, else plain'),
    )
    .option(
      '-j, --jobs <count>',
      'most tasks at once (default: DP_JOBS, else one for each core)',
      positiveInteger,
    )
    .option('--by-level', 'begin no task of a level before the level above it has ended')
    .addOption(
      new Option('--on-failure <what>', 'whether tasks that do not need the failed one still start')
        .choices(['continue', 'stop'])
        .default('continue'),
    )
    .addOption(
      new Option(
        '--cache <mode>',
        'stored results: rw reads and writes, r only reads, w only writes',
      )
        .choices(['rw', 'r', 'w', 'off'])
        .default('rw'),
    )
    .option(
      '--grace <seconds>',
      'how long work that is stopped may take to end by itself',
      nonNegative,
      5,
    )
    .addOption(
      new Option('--durability <what>', 'flush to disk at the end of the run, or after every event')
        .choices(['run', 'task'])
        .default('run'),
    );
}

function checking(command: Command): Command {
  return command
    .option('--no-typecheck', 'leave out the type check of edges')
    .option(
      '--strict',
      'report edges of which nothing could be checked (any, unknown), and inputs that nobody declared',
    );
}

function selecting(command: Command): Command {
  return parameterized(checking(command))
    .option('--tags <tags>', 'tasks with any of these tags (a,b), and what they need', commaList)
    .option(
      '--only [tasks]',
      'leave out what the selected tasks need; its last results are used',
      commaList,
    )
    .option('--until <tasks>', 'the same as naming the tasks (a,b)', commaList)
    .option(
      '--force [tasks]',
      'run these tasks, or all, even where a stored result would do',
      commaList,
    );
}

function sharding(command: Command): Command {
  return command.option(
    '--shard <i/n>',
    'of the selected tasks only the share of machine i of n; tasks that need each other stay together',
    shardOf,
  );
}

/** More machines than any CI service gives a job. */
const MOST_SHARDS = 1_000;

function shardOf(word: string): Shard {
  const [, index = 0, count = 0] = (/^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(word) ?? []).map(
    Number,
  );
  if (index < 1 || index > count || count > MOST_SHARDS)
    throw new InvalidArgumentError(
      `it has to be I/N: machine I of N, and N at most ${MOST_SHARDS}.\na matrix of three says 1/3, 2/3 and 3/3`,
    );
  return { index, count };
}

function parameterized(command: Command): Command {
  return command.addOption(
    new Option('-p, --param <name=value>', 'value of a parameter (repeatable)')
      .argParser(parameter)
      .default([], 'as the file says'),
  );
}

function parameter(
  word: string,
  before: readonly (readonly [string, string])[],
): (readonly [string, string])[] {
  const at = word.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('write it as NAME=VALUE.');
  return [...before, [word.slice(0, at), word.slice(at + 1)]];
}

const commaList = (word: string): string[] => word.split(',').filter((part) => part !== '');

function sampleFrom(word: string): Sample {
  const [, digits = '', percent] = /^(\d{1,9}(?:\.\d+)?)(%)?$/.exec(word) ?? [];
  const number = Number(digits);
  if (digits !== '' && percent !== undefined && number > 0 && number <= 100)
    return { share: number / 100 };
  if (digits !== '' && percent === undefined && Number.isInteger(number) && number > 0)
    return { tasks: number };
  throw new InvalidArgumentError(
    'it has to be a number of tasks such as 5, or a share such as 10%.',
  );
}

function positiveInteger(word: string): number {
  if (!/^[1-9]\d{0,8}$/.test(word))
    throw new InvalidArgumentError('it has to be a whole number from 1.');
  return Number(word);
}

function wholeNumber(word: string): number {
  if (!/^\d{1,10}$/.test(word)) throw new InvalidArgumentError('it has to be a whole number.');
  return Number(word);
}

function nonNegative(word: string): number {
  if (!/^\d+(\.\d+)?$/.test(word))
    throw new InvalidArgumentError('it has to be a number of seconds.');
  return Number(word);
}

/** What arguments that many commands take may be. */
const ONE_FILE =
  'the pipeline file, or - for standard input; may be left out where pipelines/ holds only one';
const SOME_TASKS = 'only these tasks and what they need';
const UNTIL_IT_ENDS = 'go on with what is added, until the run ends; Ctrl-C leaves the run alone';
const OUT_FILE = 'write it there, instead of to standard output';

const EXAMPLES = `
Examples:
  dp init my-project                 a project with a pipeline that runs
  dp plan pipelines/flights.yaml     what would run, and why
  dp run pipelines/flights.yaml      run it
  dp show                            what happened in the last run

Exit codes: ${EXIT.ok} success, ${EXIT.taskFailed} a task failed, ${EXIT.usage} usage, ${EXIT.invalid} invalid definition, ${EXIT.nothingSelected} nothing selected,
${EXIT.refused} refused, ${EXIT.bug} a bug in dp, ${EXIT.io} state or disk, ${EXIT.timedOut} timed out, ${EXIT.interrupted}/${EXIT.terminated} cancelled.`;
