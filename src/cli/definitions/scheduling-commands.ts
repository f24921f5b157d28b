/** The commands of the scheduler, with their arguments. */
import { Option } from 'commander';
import { RUNNER_COMMAND } from '../../app/scheduling/runner-command.ts';
import { TICK_OUTCOMES } from '../../model/tick.ts';
import type { Act, MakeCommand } from '../console/context.ts';
import { instantFrom, positiveInteger } from './arguments.ts';
import { SCHEDULE_VERBS } from '../console/schedule-verbs.ts';
import { parameter } from './shared-options.ts';

export function schedulingCommands(command: MakeCommand, act: Act): void {
  command(
    'schedule',
    'run the daemon that starts what triggers say, when they say it; or ask something of it, or of the triggers, which needs no daemon',
    '  dp schedule                                    # the daemon of the project, until Ctrl-C\n  dp schedule pipelines/flights.yaml --detach    # of one file, apart from the terminal\n  dp schedule status --json | jq .healthy\n  dp schedule reload                             # as after each change of a file\n  dp schedule stop --wait                        # when the runs have ended\n  dp schedule install --print --user > ~/.config/systemd/user/dp.service\n  dp schedule list\n  dp schedule next pipelines/flights.yaml --count 3\n  dp schedule next --from 2026-10-24 --explain   # names the clock changes that decide\n  dp schedule history flights/nightly --outcome missed\n  dp schedule pause flights/nightly --note "the source moves" --until 2026-12-01\n  dp schedule resume flights/nightly --dry-run   # what it would make up for\n  dp schedule fire flights/nightly -p day=2026-11-30',
  )
    .argument(
      '[what]',
      `${Object.keys(SCHEDULE_VERBS).join(', ')}; anything else is a pipeline file for the daemon`,
    )
    .argument(
      '[words...]',
      'pipeline files, by default every file under pipelines/; history, pause, resume, fire: the trigger, PIPELINE/NAME',
    )
    .option('--detach', 'the daemon: apart from the terminal, with its log in the state directory')
    .option('--now', 'stop: cancel the runs')
    .option('--wait', 'stop: wait until the runs have ended')
    .option('--print', 'install: print a unit of systemd')
    .option('--user', 'install: for this user instead of the system')
    .option(
      '--from <time>',
      'next, history: after this date (in UTC) or instant; next begins now by default',
      instantFrom,
    )
    .option('--to <time>', 'history: up to this date (in UTC) or instant', instantFrom)
    .option('--count <number>', 'next: ticks of each trigger', positiveInteger, 5)
    .option('--explain', 'next: say for each tick why it is due then')
    .addOption(
      new Option('--outcome <outcome>', 'history: only ticks with this outcome').choices(
        TICK_OUTCOMES,
      ),
    )
    .option(
      '-n, --limit <number>',
      'history: the most ticks, the latest first',
      positiveInteger,
      50,
    )
    .option('--note <text>', 'pause: why')
    .option('--until <time>', 'pause: when it ends by itself', instantFrom)
    .option('--dry-run', 'resume: print what would be made up for, and stay paused')
    .addOption(
      new Option('-p, --param <name=value>', 'fire: value of a parameter (repeatable)')
        .argParser(parameter)
        .default([], 'what the trigger says'),
    )
    .option('--at <time>', 'fire: the logical time of the run; default now', instantFrom)
    .option('--key <text>', 'fire: a request that is made again with the same key fires once')
    .action(act(async () => (await import('../commands/schedule.ts')).schedule));

  command(RUNNER_COMMAND, 'execute the queued runs; the scheduler starts it', {
    hidden: true,
  }).action(act(async () => (await import('../commands/runner.ts')).runner));
}
