/** The commands of the scheduler, with their arguments. */
import { RUNNER_COMMAND } from '../../app/scheduling/runner-command.ts';
import type { Act, MakeCommand } from '../console/context.ts';
import { instantFrom, positiveInteger } from './arguments.ts';

export function schedulingCommands(command: MakeCommand, act: Act): void {
  command(
    'schedule',
    'start what triggers say, when they say it: a daemon; and what one asks of it and of the triggers',
    '  dp schedule                                    # the daemon of the project, until Ctrl-C\n  dp schedule pipelines/flights.yaml --detach    # of one file, apart from the terminal\n  dp schedule status --json | jq .healthy\n  dp schedule reload                             # as after each change of a file\n  dp schedule stop --wait                        # when the runs have ended\n  dp schedule install --print --user > ~/.config/systemd/user/dp.service\n  dp schedule next pipelines/flights.yaml --count 3\n  dp schedule next --from 2026-10-24 --explain   # names the clock changes that decide',
  )
    .argument(
      '[what]',
      'status, stop, reload, install, next; anything else is a pipeline file for the daemon',
    )
    .argument('[words...]', 'pipeline files; by default every file under pipelines/')
    .option('--detach', 'the daemon: apart from the terminal, with its log in the state directory')
    .option('--now', 'stop: cancel the runs')
    .option('--wait', 'stop: wait until the runs have ended')
    .option('--print', 'install: print a unit of systemd')
    .option('--user', 'install: for this user instead of the system')
    .option(
      '--from <time>',
      'next: after this date (in UTC) or instant, instead of now',
      instantFrom,
    )
    .option('--count <number>', 'next: ticks of each trigger', positiveInteger, 5)
    .option('--explain', 'next: say for each tick why it is due then')
    .action(act(async () => (await import('../commands/schedule.ts')).schedule));

  command(RUNNER_COMMAND, 'execute the queued runs; the scheduler starts it', {
    hidden: true,
  }).action(act(async () => (await import('../commands/runner.ts')).runner));
}
