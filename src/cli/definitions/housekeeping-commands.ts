/** The commands that keep the state folder in order, with their arguments. */
import { Argument, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../model/duration.ts';
import type { Milliseconds } from '../../model/ids.ts';
import { A_RUN, wholeNumber } from './arguments.ts';
import type { Act, MakeCommand } from '../console/context.ts';

export function housekeepingCommands(command: MakeCommand, act: Act): void {
  command(
    'cancel',
    'end a run of another process, as Ctrl-C does in its own terminal',
    '  dp cancel last\n  dp cancel 01k9abc --reason "wrong input" --kill',
  )
    .argument('<run>', A_RUN)
    .option('--kill', 'at once; without it what runs may end within the grace, unless asked twice')
    .option('--reason <text>', 'kept with the run')
    .option('--no-wait', 'do not wait until the run has ended')
    .action(act(async () => (await import('../commands/cancel.ts')).cancel));

  command(
    'gc',
    'remove old runs and what nobody needs any more; never a result that is still pointed to',
    '  dp gc --dry-run\n  dp gc --keep 30d                              # by age alone\n  dp gc --keep 7d --keep-runs 20                # older than that, and not among the newest',
  )
    .option(
      '--keep <duration>',
      'runs that ended within this time stay (default: 30d, when --keep-runs is not given)',
      milliseconds,
    )
    .option(
      '--keep-runs <count>',
      'so many of the newest runs stay (default: 100, when --keep is not given)',
      wholeNumber,
    )
    .option('--dry-run', 'say what would go, and touch nothing')
    .action(act(async () => (await import('../commands/gc.ts')).gc));

  command(
    'export',
    'write a run into one file: record, events, results and logs',
    '  dp export last\n  dp export 01k9abc -o run.tar.zst',
  )
    .argument('<run>', A_RUN)
    .option('-o, --out <file>', 'write it there (default: RUN.tar.zst)')
    .action(act(async () => (await import('../commands/export.ts')).exportOne));

  command(
    'import',
    'take a run in that was exported elsewhere; it lists, shows and gives results as there',
    '  dp import run.tar.zst',
  )
    .argument('<file>', 'what dp export wrote')
    .action(act(async () => (await import('../commands/import.ts')).importOne));

  command(
    'cache',
    'the stored results that runs use again: list, count, verify, remove expired ones',
    '  dp cache ls\n  dp cache stats --json\n  dp cache verify --fix                         # drops entries whose result is gone or altered\n  dp cache gc',
  )
    .addArgument(new Argument('<what>', 'what to do').choices(['ls', 'stats', 'verify', 'gc']))
    .option('--fix', 'with verify: drop what does not hold')
    .action(act(async () => (await import('../commands/cache.ts')).cache));

  command(
    'doctor',
    'look the state folder over; exit 1 when something is wrong',
    '  dp doctor\n  dp doctor --fix                               # mends what loses nothing\n  dp doctor --json | jq .problems',
  )
    .option(
      '--fix',
      'drop cache entries that point to nothing, let go of dead holders, remove stray files',
    )
    .action(act(async () => (await import('../commands/doctor.ts')).doctor));
}

function milliseconds(word: string): Milliseconds {
  const seconds = parseDuration(word);
  if (seconds === undefined)
    throw new InvalidArgumentError('it has to be a duration, such as 30d or 12h.');
  return seconds * 1000;
}
