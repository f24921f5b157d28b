import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { type RunStatus, type RunSummary, tookOf } from '../../model/run.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Fault } from '../../model/fault.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import type { CommandContext } from '../console/context.ts';
import { document, isoTime, summaryJson } from '../../views/json.ts';
import { listRuns, type RunFilter } from '../../app/project/list-runs.ts';
import { openForReading } from '../console/state.ts';
import type { Style, Terminal } from '../console/terminal.ts';
import { importedText } from '../text/imported.ts';
import { durationText } from '../../views/amounts.ts';

export async function runs(context: CommandContext, filter: RunFilter): Promise<ExitCode> {
  using state = openForReading(context);
  const { runs: found, damaged } = listRuns(state, filter);
  const { terminal } = context;
  if (context.json) terminal.out(document({ runs: found.map(summaryJson) }));
  else if (found.length === 0 && damaged.length === 0) terminal.err(`no runs in ${state.folder}\n`);
  else for (const run of found) terminal.out(`${runLine(run, terminal)}\n`);
  terminal.err(diagnosticsText(damaged.flatMap(warningsOf), terminal));
  return EXIT.ok;
}

/** The list is whole without the runs that cannot be read. */
const warningsOf = ({ diagnostics }: Fault): readonly Diagnostic[] =>
  diagnostics.map((diagnostic) => ({ ...diagnostic, severity: 'warning' }));

const STYLES: Partial<Record<RunStatus, Style>> = {
  succeeded: 'green',
  failed: 'red',
  crashed: 'red',
  running: 'cyan',
};

function runLine(run: RunSummary, terminal: Terminal): string {
  const { runId, pipeline, status, startedAt, queuedAt = 0, parent, imported } = run;
  const shown = terminal.paint(STYLES[status] ?? 'yellow', status.padEnd(9));
  const of = parent === undefined ? '' : terminal.paint('dim', `  for ${parent}`);
  const from = imported === undefined ? '' : terminal.paint('dim', `  ${importedText(imported)}`);
  const tookMs = tookOf(run);
  const took = tookMs === undefined ? '' : durationText(tookMs);
  return `${runId}  ${shown}  ${isoTime(startedAt ?? queuedAt)}  ${took.padEnd(9)}  ${pipeline}${of}${from}`;
}
