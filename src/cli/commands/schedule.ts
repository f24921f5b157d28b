import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import {
  fireTrigger,
  listTriggers,
  pauseTrigger,
  resumeTrigger,
} from '../../app/scheduling/triggers.ts';
import type { StopOptions } from '../../app/scheduling/daemon-control.ts';
import { nextTicks } from '../../app/scheduling/next-ticks.ts';
import { openState, type State } from '../../app/project/state.ts';
import { didYouMean } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import type { Instant } from '../../model/ids.ts';
import type { TickOutcome } from '../../model/tick.ts';
import { counted } from '../../views/amounts.ts';
import { document } from '../../views/json.ts';
import { runOf, tickJson, verdictText } from '../../views/tick-words.ts';
import type { CommandContext } from '../console/context.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { openForReading, projectRoot } from '../console/state.ts';
import { ticksJson, ticksText } from '../text/ticks.ts';
import { runDaemon, type StartDaemonOptions } from './daemon.ts';
import { reloadDaemons, showStatus, stopDaemons } from './daemon-control.ts';
import { install, type InstallOptions } from './install.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { isScheduleVerb, type ScheduleVerb } from '../console/schedule-verbs.ts';
import { tickLine, triggerJson, triggerText } from '../text/triggers.ts';

export interface ScheduleOptions extends StartDaemonOptions, StopOptions, InstallOptions {
  readonly from?: Instant;
  readonly to?: Instant;
  readonly count: number;
  readonly explain?: boolean;
  readonly outcome?: TickOutcome;
  readonly limit: number;
  readonly note?: string;
  readonly until?: Instant;
  readonly dryRun?: boolean;
  readonly param: readonly (readonly [string, string])[];
  readonly at?: Instant;
  readonly key?: string;
}

type Verb = (
  context: CommandContext,
  options: ScheduleOptions,
  words: readonly string[],
) => ExitCode | Promise<ExitCode>;

const VERBS: Readonly<Record<ScheduleVerb, Verb>> = {
  list,
  next,
  history,
  pause,
  resume,
  fire,
  status: showStatus,
  stop: stopDaemons,
  reload: reloadDaemons,
  install,
};

/** Does one thing with the daemon or with triggers. Without a word for it, it runs the daemon. */
export async function schedule(
  context: CommandContext,
  options: ScheduleOptions,
  what: string | undefined,
  words: readonly string[],
): Promise<ExitCode> {
  if (what !== undefined && isScheduleVerb(what)) return await VERBS[what](context, options, words);
  const files = what === undefined ? [] : [what, ...words];
  refuseMissing(files, context);
  return await runDaemon(context, options, files);
}

/** A misspelt word is no file either. */
function refuseMissing(files: readonly string[], { caller }: CommandContext): void {
  const missing = files.find((file) => !existsSync(resolve(caller.cwd, file)));
  if (missing === undefined) return;
  const near = didYouMean(missing, Object.keys(VERBS));
  throw new Fault('DP2002', `there is no file ${missing}`, { hint: near ?? { do: 'initProject' } });
}

async function list(
  context: CommandContext,
  _options: ScheduleOptions,
  files: readonly string[],
): Promise<ExitCode> {
  const { terminal, caller, json } = context;
  using state = openForReading(context);
  const { triggers, diagnostics } = await listTriggers(files, state, caller);
  terminal.err(diagnosticsText(diagnostics, terminal));
  if (json) terminal.out(document({ triggers: triggers.map(triggerJson) }));
  else if (triggers.length > 0) terminal.out(triggers.map(triggerText).join(''));
  else if (diagnostics.length === 0) terminal.err('no pipeline has a trigger\n');
  return diagnostics.length === 0 ? EXIT.ok : EXIT.invalid;
}

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

function history(
  context: CommandContext,
  { from, to, outcome, limit }: ScheduleOptions,
  [trigger]: readonly string[],
): ExitCode {
  const { terminal, json } = context;
  using state = openForReading(context);
  const ticks = state.store.ledger.ticks({
    ...(trigger !== undefined && { trigger }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(outcome !== undefined && { outcome }),
    limit,
  });
  if (json) terminal.out(document({ ticks: ticks.map(tickJson) }));
  else if (ticks.length === 0) terminal.err('no such tick is in the ledger\n');
  else terminal.out(ticks.map(tickLine).join(''));
  return EXIT.ok;
}

async function pause(
  context: CommandContext,
  { note, until }: ScheduleOptions,
  words: readonly string[],
): Promise<ExitCode> {
  const { terminal, caller, json } = context;
  const trigger = oneTrigger('pause', words);
  using state = openForWriting(context);
  const author = userInfo().username;
  const asked = { author, ...(note !== undefined && { note }), ...(until && { until }) };
  await pauseTrigger(trigger, asked, state, caller);
  if (json) terminal.out(document({ trigger, state: 'paused' }));
  else terminal.err(`${trigger} is paused\n`);
  return EXIT.ok;
}

async function resume(
  context: CommandContext,
  { dryRun = false }: ScheduleOptions,
  words: readonly string[],
): Promise<ExitCode> {
  const { terminal, caller, json } = context;
  const trigger = oneTrigger('resume', words);
  using state = openForWriting(context);
  const ticks = await resumeTrigger(trigger, { dryRun }, state, caller);
  if (json) terminal.out(document({ trigger, dryRun, ticks: ticks.map(tickJson) }));
  else {
    const fired = ticks.filter(({ verdict }) => verdict.outcome === 'fired').length;
    const summary = `${dryRun ? 'it would catch' : 'it catches'} up on ${counted(fired, 'tick')} of ${ticks.length}`;
    terminal.err(`${trigger} ${dryRun ? 'is still paused' : 'is resumed'}: ${summary}\n`);
    terminal.out(ticks.map(tickLine).join(''));
  }
  return EXIT.ok;
}

async function fire(
  context: CommandContext,
  { param, at, key = randomUUID() }: ScheduleOptions,
  words: readonly string[],
): Promise<ExitCode> {
  const { terminal, caller, json } = context;
  const trigger = oneTrigger('fire', words);
  using state = openForWriting(context);
  const tick = await fireTrigger({ trigger, key, at, params: param }, state, caller);
  const runId = runOf(tick.verdict);
  if (json) terminal.out(document({ tick: tickJson(tick), ...(runId !== undefined && { runId }) }));
  else if (runId !== undefined) terminal.out(`${runId}\n`);
  if (runId !== undefined) return EXIT.ok;
  if (!json) terminal.err(`${tick.verdict.outcome}: ${verdictText(tick.verdict)}\n`);
  return EXIT.refused;
}

function openForWriting(context: CommandContext): State {
  return openState(projectRoot(context), context.caller, { readOnly: false });
}

function oneTrigger(verb: string, [trigger, ...others]: readonly string[]): string {
  if (trigger !== undefined && others.length === 0) return trigger;
  throw new Fault('DP2001', `\`dp schedule ${verb}\` takes one trigger, PIPELINE/NAME`, {
    hint: { do: 'listTriggers' },
  });
}
