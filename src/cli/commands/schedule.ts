import { nextTicks } from '../../app/scheduling/next-ticks.ts';
import type { Instant } from '../../model/ids.ts';
import { document } from '../../views/json.ts';
import type { CommandContext } from '../console/context.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { ticksJson, ticksText } from '../text/ticks.ts';
import { type DaemonOptions, runDaemon } from './daemon.ts';
import { reloadDaemons, showStatus, stopDaemons, type StopOptions } from './daemon-control.ts';
import { install, type InstallOptions } from './install.ts';

export interface ScheduleOptions extends DaemonOptions, StopOptions, InstallOptions {
  readonly from?: Instant;
  readonly count: number;
  readonly explain?: boolean;
}

type Verb = (
  context: CommandContext,
  options: ScheduleOptions,
  words: readonly string[],
) => ExitCode | Promise<ExitCode>;

const VERBS: Readonly<Record<string, Verb>> = {
  status: showStatus,
  stop: stopDaemons,
  reload: reloadDaemons,
  install,
  next,
};

/** Does one thing with the daemon or with triggers. Without a word for it, it runs the daemon. */
export async function schedule(
  context: CommandContext,
  options: ScheduleOptions,
  what: string | undefined,
  words: readonly string[],
): Promise<ExitCode> {
  const verb = what !== undefined && Object.hasOwn(VERBS, what) ? VERBS[what] : undefined;
  if (verb !== undefined) return await verb(context, options, words);
  return await runDaemon(context, options, what === undefined ? [] : [what, ...words]);
}

/** Prints the next ticks of every trigger of the clock. */
async function next(
  { terminal, caller, json }: CommandContext,
  { from = caller.clock.now(), count, explain = false }: ScheduleOptions,
  files: readonly string[],
): Promise<ExitCode> {
  const triggers = await nextTicks({ files, from, count }, caller);
  if (json) terminal.out(document({ triggers: triggers.map(ticksJson) }));
  else if (triggers.length === 0)
    terminal.err('no pipeline has a trigger with cron, every or at\n');
  else terminal.out(triggers.map((each) => ticksText(each, explain)).join('\n'));
  return EXIT.ok;
}
