import { Fault } from '../../model/fault.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { RUN_STATES, type RunStatus, type RunSummary } from '../../model/run.ts';
import type { CommandContext } from '../console/context.ts';
import { document, isoTime, summaryJson } from '../../views/json.ts';
import { findRun } from '../../app/project/find-run.ts';
import { openForReading } from '../console/state.ts';
import type { Style, Terminal } from '../console/terminal.ts';
import { durationText } from '../text/duration.ts';

export interface RunsOptions {
  readonly limit: number;
  readonly pipeline?: string;
  readonly status?: string;
  readonly before?: string;
}

export async function runs(
  context: CommandContext,
  { limit, pipeline, status, before }: RunsOptions,
): Promise<ExitCode> {
  if (status !== undefined && !isRunStatus(status))
    throw new Fault('DP2001', `there is no status "${status}"`, {
      hint: `one of ${RUN_STATES.join(', ')}`,
    });
  using state = openForReading(context);
  const found = state.store.list({
    limit,
    ...(pipeline === undefined ? {} : { pipeline }),
    ...(status === undefined ? {} : { status }),
    ...(before === undefined ? {} : { before: findRun(state, before) }),
  });
  const { terminal } = context;
  if (context.json) terminal.out(document({ runs: found.map(summaryJson) }));
  else if (found.length === 0) terminal.err(`no runs in ${state.folder}\n`);
  else for (const run of found) terminal.out(`${runLine(run, terminal)}\n`);
  return EXIT.ok;
}

const STYLES: Partial<Record<RunStatus, Style>> = {
  succeeded: 'green',
  failed: 'red',
  crashed: 'red',
  running: 'cyan',
};

function runLine(
  { runId, pipeline, status, startedAt, finishedAt, parent }: RunSummary,
  terminal: Terminal,
): string {
  const shown = terminal.paint(STYLES[status] ?? 'yellow', status.padEnd(9));
  const of = parent === undefined ? '' : terminal.paint('dim', `  for ${parent}`);
  const took = finishedAt === undefined ? '' : durationText(finishedAt - startedAt);
  return `${runId}  ${shown}  ${isoTime(startedAt)}  ${took.padEnd(9)}  ${pipeline}${of}`;
}

const isRunStatus = (word: string): word is RunStatus =>
  (RUN_STATES as readonly string[]).includes(word);
