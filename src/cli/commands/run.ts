import { availableParallelism } from 'node:os';
import {
  beginThreads,
  load,
  startRun,
  type Prepared,
  type RunEnding,
  type Running,
} from '../../app.ts';
import { EXIT, type ExitCode } from '../../model/fault.ts';
import { foldRun, type RunRecord } from '../../model/run.ts';
import type { Plan } from '../../model/plan.ts';
import type { CommandContext, SelectingOptions } from '../context.ts';
import { document, runJson } from '../json.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { summaryText } from '../text/summary.ts';
import { followRun } from '../view.ts';
import { onlyPipeline, planLoaded } from './plan.ts';

export interface RunCommandOptions extends SelectingOptions {
  readonly jobs?: number;
  readonly byLevel?: boolean;
  readonly onFailure: 'continue' | 'stop';
  readonly cache: 'rw' | 'r' | 'w' | 'off';
  readonly grace: number;
  readonly durability: 'run' | 'task';
}

export async function run(
  context: CommandContext,
  options: RunCommandOptions,
  file: string | undefined,
  tasks: readonly string[],
): Promise<ExitCode> {
  const { terminal, json, place } = context;
  const loaded = await load(file ?? (await onlyPipeline(context)), place);
  const jobs = options.jobs ?? jobsFrom(place.env) ?? availableParallelism();
  const threads = beginThreads(loaded, jobs, place);
  const prepared = await planOrClose(threads, planLoaded(context, options, loaded, tasks));
  terminal.err(diagnosticsText(prepared.plan.warnings, terminal));
  const running = startRun(
    prepared,
    {
      jobs,
      threads,
      byLevel: options.byLevel === true,
      onFailure: options.onFailure,
      graceMs: options.grace * 1000,
      cache: { read: options.cache.includes('r'), write: options.cache.includes('w') },
      durability: options.durability,
    },
    place,
  );
  using state = running.state;
  const view = json ? undefined : followRun(prepared.plan, running, terminal);
  const signals = cancelOnSignal(running);
  let ending: RunEnding;
  try {
    ending = await running.handle.ended;
  } finally {
    signals.stop();
    await view?.ended;
  }
  const record = foldRun(running.runId, eventsOf(running));
  if (json) terminal.out(document(runJson(record)));
  else {
    terminal.err(summaryText(record, prepared.plan, state.folder, terminal));
    terminal.out(await reportsText(record, prepared.plan, running));
  }
  return signals.received === undefined || ending.status !== 'cancelled'
    ? exitCodeOf(ending)
    : signals.received;
}

function* eventsOf({
  state,
  runId,
}: Running): Generator<import('../../model/event.ts').RecordedEvent> {
  for (const { event } of state.store.read(runId)) yield event;
}

/** Threads are of no use when there is nothing to run. */
async function planOrClose(
  threads: ReturnType<typeof beginThreads>,
  plan: Promise<Prepared>,
): Promise<Prepared> {
  try {
    return await plan;
  } catch (error) {
    await threads.close();
    throw error;
  }
}

function exitCodeOf({ status, timedOut }: RunEnding): ExitCode {
  if (timedOut) return EXIT.timedOut;
  if (status === 'cancelled') return EXIT.interrupted;
  return status === 'succeeded' ? EXIT.ok : EXIT.taskFailed;
}

/** Text that tasks tagged `report` gave, for the eye. */
async function reportsText(record: RunRecord, plan: Plan, { state }: Running): Promise<string> {
  let text = '';
  for (const { name } of plan.tasks.filter((task) => task.tags.includes('report'))) {
    const output = record.tasks.get(name)?.output;
    const value = output?.is === 'text' ? await state.io.load(output) : undefined;
    if (typeof value === 'string') text += value.endsWith('\n') ? value : `${value}\n`;
  }
  return text;
}

function jobsFrom(env: CommandContext['place']['env']): number | undefined {
  const jobs = Number(env['DP_JOBS'] ?? '');
  return Number.isInteger(jobs) && jobs > 0 ? jobs : undefined;
}

/** The first signal drains, the second kills. */
function cancelOnSignal({ handle }: Running): { received: ExitCode | undefined; stop(): void } {
  const codes = {
    SIGINT: EXIT.interrupted,
    SIGTERM: EXIT.terminated,
    SIGHUP: EXIT.terminated,
  } as const;
  const watch: { received: ExitCode | undefined; stop(): void } = {
    received: undefined,
    stop: () => {
      for (const signal of Object.keys(codes)) process.off(signal, hear);
    },
  };
  const hear = (signal: keyof typeof codes): void => {
    handle.cancel(`cancelled by ${signal}`, watch.received === undefined ? 'drain' : 'kill');
    watch.received ??= codes[signal];
  };
  for (const signal of Object.keys(codes)) process.on(signal, hear);
  return watch;
}
