import { collectGarbage } from '../../app/maintenance/gc.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { Milliseconds } from '../../model/ids.ts';
import type { CommandContext } from '../console/context.ts';
import { document } from '../../views/json.ts';
import { bytesText, counted } from '../../views/amounts.ts';
import { openHome } from '../console/state.ts';

export interface GcCommandOptions {
  readonly keep?: Milliseconds;
  readonly keepRuns?: number;
  readonly dryRun?: boolean;
}

/** Removes old runs, expired cache entries and what killed processes left; never a result that something still points to. */
export async function gc(context: CommandContext, options: GcCommandOptions): Promise<ExitCode> {
  const { terminal, json } = context;
  const dryRun = options.dryRun === true;
  using home = openHome(context, dryRun ? 'read' : 'write');
  const reclaimed = await collectGarbage(home, {
    keepMs: options.keep ?? null,
    keepRuns: options.keepRuns ?? null,
    now: Date.now(),
    dryRun,
  });
  const { runs, results, cacheEntries, events, ticks, staged, bytes } = reclaimed;
  if (json) {
    terminal.out(document({ dryRun, runs, results, cacheEntries, events, ticks, staged, bytes }));
    return EXIT.ok;
  }
  if (dryRun) for (const run of runs) terminal.out(`${run}\n`);
  const parts = [
    counted(runs.length, 'run'),
    counted(results, 'result'),
    counted(cacheEntries, 'cache entry', 'cache entries'),
    ...(events === 0 ? [] : [counted(events, 'published event')]),
    ...(ticks === 0 ? [] : [counted(ticks, 'tick')]),
    ...(staged === 0 ? [] : [counted(staged, 'stray file')]),
    bytesText(bytes),
  ];
  terminal.out(`${dryRun ? 'would remove' : 'removed'} ${parts.join(', ')}\n`);
  return EXIT.ok;
}
