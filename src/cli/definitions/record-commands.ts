/** The commands that show runs on record, with their arguments. */
import { A_RUN, instantFrom, UNTIL_IT_ENDS, positiveInteger } from './arguments.ts';
import type { Act, MakeCommand } from '../console/context.ts';

export function recordCommands(command: MakeCommand, act: Act): void {
  command(
    'runs',
    'list runs, newest first',
    '  dp runs\n  dp runs --pipeline flights --status failed -n 5',
  )
    .option('-n, --limit <count>', 'list at most this many', positiveInteger, 20)
    .option('--pipeline <name>', 'only runs of this pipeline')
    .option('--status <status>', 'queued, running, succeeded, failed, cancelled or crashed')
    .option('--before <run>', 'only runs that began before this one')
    .action(act(async () => (await import('../commands/runs.ts')).runs));

  command(
    'show',
    'show the status of each task of a run, or the parameters and the output of a task',
    '  dp show\n  dp show 1m84 --json\n  dp show clean                                 # a task of the project\n  dp show last --html run.html                  # graph, timeline, tasks and logs in one page',
  )
    .argument('[run]', `${A_RUN}, or the name of a task; by default the last run`)
    .option('--html <file>', 'write a self-contained HTML page; - for standard output')
    .action(act(async () => (await import('../commands/show.ts')).show));

  command(
    'logs',
    'print what tasks printed and logged',
    '  dp logs last\n  dp logs 1m84 clean --attempt 2\n  dp logs last -f                               # while the run goes on, from another terminal\n  dp logs last clean --tail 20',
  )
    .argument('<run>', A_RUN)
    .argument('[task]', 'only of this task')
    .option('--attempt <number>', 'only this attempt', positiveInteger)
    .option('--tail <lines>', 'only this many of the last lines of each attempt', positiveInteger)
    .option('-f, --follow', `${UNTIL_IT_ENDS}; with --json, one document per line`)
    .action(act(async () => (await import('../commands/logs.ts')).logs));

  command(
    'output',
    'print the stored result of a task',
    '  dp output last byMonth --json | jq .\n  dp output last page > flights.html',
  )
    .argument('<run>', A_RUN)
    .argument('<task>', 'its name')
    .action(act(async () => (await import('../commands/output.ts')).output));

  command(
    'events',
    'print the events of a run, or of all runs and of dp publish, oldest first, one per line',
    "  dp events last\n  dp events last --topic 'run.task.*' --json\n  dp events last -f                             # while the run goes on\n  dp events -f --topic 'data.**'                # of all runs, from now on\n  dp events -f --after 1200 --json              # continues after an event that was seen\n  dp events -f --broker redis://127.0.0.1:6379  # what a broker gets\n  dp events -f --broker                         # what the broker of dp.yaml gets",
  )
    .argument('[run]', `${A_RUN}; without it: all runs, and published events`)
    .option('--topic <pattern>', 'only topics that match; * is one segment, ** any number')
    .option('--after <position>', 'without a run: begin after this event')
    .option('--from <time>', 'without a run: only events since this time', instantFrom)
    .option(
      '--broker [address]',
      'with -f: follow redis://HOST:PORT, rediss:// or kafka://HOST:PORT/TOPIC instead (default: DP_EVENTS_BROKER, else events.broker in dp.yaml)',
    )
    .option('-f, --follow', `${UNTIL_IT_ENDS}; without a run until Ctrl-C, from now on`)
    .action(act(async () => (await import('../commands/events.ts')).events));

  command(
    'publish',
    'publish an event to everything that follows this state directory',
    `  dp publish data.flights.arrived '{"file": "2026-07.csv"}'\n  dp publish deploy.done\n  jq -c .summary report.json | dp publish report.ready -   # the data from standard input`,
  )
    .argument('<topic>', 'segments joined by dots; run.** and schedule.** belong to dp')
    .argument('[data]', 'the data as JSON, at most 1 MiB; - for standard input')
    .action(act(async () => (await import('../commands/publish.ts')).publish));

  command(
    'diff',
    'compare two runs: definition, code, parameters, environment, and the outcome of each task',
    '  dp diff 1m84 last\n  dp diff 1m84 1m85 --json | jq .differences',
  )
    .argument('<before>', A_RUN)
    .argument('<after>', A_RUN)
    .action(act(async () => (await import('../commands/diff.ts')).diff));

  command(
    'pools',
    'list which runs hold a slot of a pool, and which wait for one',
    '  dp pools\n  dp pools --json',
  ).action(act(async () => (await import('../commands/pools.ts')).pools));
}
