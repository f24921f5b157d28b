/** A running run comes in, its exit code goes out: until the run ends, reporters get its events and signals cancel it. */
import { readRun } from '../../app/project/find-run.ts';
import type { Running } from '../../app/running/run.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { Plan } from '../../model/plan.ts';
import type { RunRecord, RunEnding } from '../../model/run.ts';
import { failuresOf, type EndedRun } from '../../views/ended-run.ts';
import { deliver, reportingFaults } from './delivery.ts';
import type { Reporter } from './reporter.ts';

/** `strict`: warnings of the run fail the command. */
export async function runToEnd(
  plan: Plan,
  running: Running,
  reporters: readonly Reporter[],
  { strict = false } = {},
): Promise<ExitCode> {
  const signals = cancelOnSignal(running);
  const delivered = Promise.allSettled(
    reporters.map((reporter) => deliver(reporter, plan, running)),
  );
  const ending = await reportingFaults(reporters, async () => {
    try {
      return await running.handle.ended;
    } finally {
      signals.stop();
      await delivered;
    }
  });
  const ended = endedRun(plan, running);
  const told = [];
  // One after the other, as they may share the terminal; a reporter that fails does not keep the others from theirs.
  for (const reporter of reporters)
    told.push(...(await Promise.allSettled([Promise.try(() => reporter.ended(ended))])));
  throwFirst([...(await delivered), ...told]);
  if (signals.received !== undefined && ending.status === 'cancelled') return signals.received;
  const isAmiss = strict && ended.findings.length > 0;
  return ending.status === 'succeeded' && isAmiss ? EXIT.taskFailed : exitCodeOfEnding(ending);
}

function throwFirst(outcomes: readonly PromiseSettledResult<void>[]): void {
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

function exitCodeOfEnding({ status, timedOut, hookFailed }: RunEnding): ExitCode {
  if (timedOut) return EXIT.timedOut;
  if (status === 'cancelled') return EXIT.interrupted;
  return status === 'succeeded' && !hookFailed ? EXIT.ok : EXIT.taskFailed;
}

function endedRun(plan: Plan, running: Running): EndedRun {
  const { state, runId } = running;
  const run = readRun(state, runId);
  const failures = failuresOf(run, plan, state.folder);
  return {
    run,
    plan,
    failures,
    findings: running.findings(),
    reports: async () => running.redacted(await reportsText(run, plan, running)),
  };
}

/** Returns the text that tasks tagged `report` gave. */
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
      for (const signal of Object.keys(codes)) process.off(signal, obey);
    },
  };
  const obey = (signal: keyof typeof codes): void => {
    handle.cancel(`cancelled by ${signal}`, watch.received === undefined ? 'drain' : 'kill');
    watch.received ??= codes[signal];
  };
  for (const signal of Object.keys(codes)) process.on(signal, obey);
  return watch;
}
