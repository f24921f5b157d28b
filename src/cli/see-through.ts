/** From the start of a run to its end: shown while it lasts, summed up after, its exit code. */
import { recordedEvents, type RunEnding, type Running } from '../app.ts';
import { EXIT, type ExitCode } from '../model/fault.ts';
import type { Plan } from '../model/plan.ts';
import { foldRun, type RunRecord } from '../model/run.ts';
import type { CommandContext } from './context.ts';
import { document, runJson } from './json.ts';
import { summaryText } from './text/summary.ts';
import { followRun } from './view.ts';

/** Disposes of the state of the run. */
export async function seeThrough(
  { terminal, json }: CommandContext,
  plan: Plan,
  running: Running,
): Promise<ExitCode> {
  using state = running.state;
  const view = json ? undefined : followRun(plan, running, terminal);
  const signals = cancelOnSignal(running);
  let ending: RunEnding;
  try {
    ending = await running.handle.ended;
  } finally {
    signals.stop();
    await view?.ended;
  }
  const record = foldRun(running.runId, recordedEvents(state, running.runId));
  if (json) terminal.out(document(runJson(record)));
  else {
    terminal.err(summaryText(record, plan, state.folder, terminal));
    terminal.out(await reportsText(record, plan, running));
  }
  return signals.received === undefined || ending.status !== 'cancelled'
    ? exitCodeOf(ending)
    : signals.received;
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
