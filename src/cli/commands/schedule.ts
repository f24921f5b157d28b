import { nextTicks } from '../../app/scheduling/next-ticks.ts';
import type { Instant } from '../../model/ids.ts';
import { document } from '../../views/json.ts';
import type { CommandContext } from '../console/context.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { ticksJson, ticksText } from '../text/ticks.ts';

export interface ScheduleOptions {
  readonly from?: Instant;
  readonly count: number;
  readonly explain?: boolean;
}

/** Prints the next ticks of every trigger of the clock. `next` is the only thing to do. */
export async function schedule(
  { terminal, caller, json }: CommandContext,
  { from = caller.clock.now(), count, explain = false }: ScheduleOptions,
  _next: 'next',
  files: readonly string[],
): Promise<ExitCode> {
  const triggers = await nextTicks({ files, from, count }, caller);
  if (json) terminal.out(document({ triggers: triggers.map(ticksJson) }));
  else if (triggers.length === 0)
    terminal.err('no pipeline has a trigger with cron, every or at\n');
  else terminal.out(triggers.map((each) => ticksText(each, explain)).join('\n'));
  return EXIT.ok;
}
