/** The commands that plan and check pipelines, with their arguments. */
import { Option } from 'commander';
import { A_RUN, ONE_FILE, SOME_TASKS, commaList } from './arguments.ts';
import type { Act, MakeCommand } from '../console/context.ts';
import { checking, selecting, sharding, parameterized } from './shared-options.ts';

export function planningCommands(command: MakeCommand, act: Act): void {
  sharding(
    selecting(
      command(
        'plan',
        'print what would run, in which order, and why; writes nothing',
        '  dp plan pipelines/flights.yaml\n  dp plan                                       # every pipeline under pipelines/\n  dp plan pipelines/flights.yaml byMonth        # and what it needs\n  dp plan pipelines/flights.yaml --why          # what changed since the last run\n  dp plan pipelines/flights.yaml --json | jq .levels\n  dp plan pipelines/flights.yaml --shard 1/3    # what the first of three machines does',
      ),
    ),
  )
    .argument(
      '[file]',
      'the pipeline file, or - for standard input; by default every file under pipelines/',
    )
    .argument('[tasks...]', SOME_TASKS)
    .option('--detailed-exitcode', 'exit 5 when a task would run')
    .option(
      '--why',
      'print for each task what changed since the last run that has an outcome of it',
    )
    .option('--against <run>', `the same, compared with this run: ${A_RUN}`)
    .action(act(async () => (await import('../commands/plan.ts')).plan));

  parameterized(
    command(
      'why',
      'explain why a task would run, is cached or is skipped, back to the change that caused it',
      '  dp why byMonth pipelines/flights.yaml\n  dp why byMonth --against 1m84 --json\n  dp why byMonth --run last                     # what made it run then',
    ),
  )
    .argument('<task>', 'its name in the pipeline')
    .argument('[file]', ONE_FILE)
    .option('--against <run>', `compare with this run: ${A_RUN}`)
    .option('--run <run>', `explain this run instead of what would run now: ${A_RUN}`)
    .action(act(async () => (await import('../commands/why.ts')).why));

  parameterized(
    command(
      'hash',
      'print what plan ids and cache keys are made of; for two, side by side with the first difference',
      '  dp hash pipelines/flights.yaml\n  dp hash 1m84:byMonth pipelines/flights.yaml:byMonth\n  dp hash 1m84 last --json',
    ),
  )
    .argument(
      '<a>',
      'a pipeline file or a run, or one of its tasks: FILE, FILE:TASK, RUN, RUN:TASK',
    )
    .argument('[b]', 'what to compare it with')
    .action(act(async () => (await import('../commands/hash.ts')).hash));

  checking(
    command(
      'validate',
      'check pipeline files, modules and types; every mistake is listed',
      '  dp validate                                   # every pipeline under pipelines/\n  dp validate pipelines/flights.yaml --json\n  dp validate --format github                   # beside the lines of a pull request\n  dp validate --watch                           # again after each change',
    ),
  )
    .argument('[files...]', 'pipeline files; by default every file under pipelines/')
    .addOption(
      new Option('--format <format>', 'format of the diagnostics')
        .choices(['text', 'json', 'github', 'sarif'])
        .default('text'),
    )
    .option('--watch', 'check again whenever a file of the project changes; Ctrl-C ends it')
    .action(act(async () => (await import('../commands/validate.ts')).validate));

  selecting(
    command(
      'graph',
      'draw the pipeline as a graph; dotted arrows are control flow',
      '  dp graph pipelines/flights.yaml\n  dp graph pipelines/flights.yaml --format dot | dot -Tsvg > flights.svg',
    ),
  )
    .argument('[file]', ONE_FILE)
    .argument('[tasks...]', SOME_TASKS)
    .addOption(
      new Option('--format <format>', 'format of the graph')
        .choices(['mermaid', 'dot', 'json'])
        .default('mermaid'),
    )
    .action(act(async () => (await import('../commands/graph.ts')).graph));

  command(
    'tasks',
    'list the tasks that modules register, with their types and places',
    '  dp tasks pipelines/flights.yaml\n  dp tasks --tags report --json',
  )
    .argument(
      '[file]',
      'only the tasks of this pipeline; by default of every file under pipelines/',
    )
    .option('--tags <tags>', 'only tasks with any of these tags', commaList)
    .action(act(async () => (await import('../commands/tasks.ts')).tasks));
}
