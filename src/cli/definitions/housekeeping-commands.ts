/** The commands that manage runs and the state directory, with their arguments. */
import { Argument, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../model/duration.ts';
import type { Milliseconds } from '../../model/ids.ts';
import { A_RUN, wholeNumber } from './arguments.ts';
import type { Act, MakeCommand } from '../console/context.ts';

export function housekeepingCommands(command: MakeCommand, act: Act): void {
  command(
    'cancel',
    'cancel a run of another process, as Ctrl-C does in its own terminal',
    '  dp cancel last\n  dp cancel 01k9abc --reason "wrong input" --kill',
  )
    .argument('<run>', A_RUN)
    .option(
      '--kill',
      'kill running tasks at once; without it they have the grace period, unless asked twice',
    )
    .option('--reason <text>', 'the reason, which is recorded with the run')
    .option('--no-wait', 'do not wait until the run has ended')
    .action(act(async () => (await import('../commands/cancel.ts')).cancel));

  command(
    'gc',
    'remove old runs and unused results; never a result that something still points to',
    '  dp gc --dry-run\n  dp gc --keep 30d                              # by age alone\n  dp gc --keep 7d --keep-runs 20                # older than that, and not among the newest',
  )
    .option(
      '--keep <duration>',
      'keep runs that ended within this time (default: 30d, when --keep-runs is not given)',
      milliseconds,
    )
    .option(
      '--keep-runs <count>',
      'keep this many of the newest runs (default: 100, when --keep is not given)',
      wholeNumber,
    )
    .option('--dry-run', 'print what would be removed, and remove nothing')
    .action(act(async () => (await import('../commands/gc.ts')).gc));

  command(
    'export',
    'write a run into one file: record, events, results and logs',
    '  dp export last\n  dp export 01k9abc -o run.tar.zst',
  )
    .argument('<run>', A_RUN)
    .option('-o, --out <file>', 'write to this file (default: RUN.tar.zst)')
    .action(act(async () => (await import('../commands/export.ts')).exportOne));

  command(
    'import',
    'add an exported run to the state directory, with its record, results and logs',
    '  dp import run.tar.zst',
  )
    .argument('<file>', 'an archive that dp export wrote')
    .action(act(async () => (await import('../commands/import.ts')).importOne));

  command(
    'cache',
    'list, count or verify the stored results that runs reuse, or remove expired ones',
    '  dp cache ls\n  dp cache stats --json\n  dp cache verify --fix                         # drops entries whose result is gone or altered\n  dp cache gc',
  )
    .addArgument(new Argument('<what>', 'what to do').choices(['ls', 'stats', 'verify', 'gc']))
    .option('--fix', 'with verify: drop entries whose result is gone or altered')
    .action(act(async () => (await import('../commands/cache.ts')).cache));

  command(
    'doctor',
    'check the state directory; exits with 1 when something is wrong',
    '  dp doctor\n  dp doctor --fix                               # repairs what can be repaired without loss\n  dp doctor --json | jq .problems',
  )
    .option(
      '--fix',
      'drop dangling cache entries, release runs of dead processes, remove orphaned files',
    )
    .action(act(async () => (await import('../commands/doctor.ts')).doctor));
}

function milliseconds(word: string): Milliseconds {
  const seconds = parseDuration(word);
  if (seconds === undefined)
    throw new InvalidArgumentError('it has to be a duration, such as 30d or 12h.');
  return seconds * 1000;
}
