import { EXIT, type ExitCode, exitCodeOf } from '../console/exit-codes.ts';
import type { CommandContext } from '../console/context.ts';
import { projectRoot } from '../console/state.ts';
import { reportFault } from '../reporters/delivery.ts';
import { openReporters } from '../reporters/open.ts';
import { runToEnd } from '../reporters/run-to-end.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { engineFor, policyFrom, type ExecutingOptions } from './run.ts';

export interface RecoverOptions extends ExecutingOptions {
  /** Seconds between two looks at the state; absent: dp looks once. */
  readonly watch?: number;
}

/** Resumes the runs whose process is gone. The exit code is the worst of theirs. A signal that cancels one ends the command. */
export async function recover(context: CommandContext, options: RecoverOptions): Promise<ExitCode> {
  const { terminal } = context;
  await using engine = engineFor(context, options, projectRoot(context));
  const everyMs = options.watch === undefined ? undefined : options.watch * 1_000;
  let worst: ExitCode = EXIT.ok;
  for await (const recovered of engine.recover(policyFrom(options), everyMs)) {
    const reporters = await openReporters(context, options.reporter);
    if (recovered.is === 'left') {
      const { fault } = recovered;
      await reportFault(reporters, fault);
      terminal.err(diagnosticsText(fault.diagnostics, terminal));
      worst = worse(worst, exitCodeOf(fault));
      continue;
    }
    const { plan, running } = recovered.resumed;
    terminal.err(`resuming run ${recovered.runId}\n`);
    terminal.err(diagnosticsText(plan.warnings, terminal));
    const code = await runToEnd(plan, running, reporters);
    if (code === EXIT.interrupted || code === EXIT.terminated) return code;
    worst = worse(worst, code);
  }
  return worst;
}

/** Returns the worse code: a failed task is less bad than a run that could not be resumed. */
const worse = (one: ExitCode, other: ExitCode): ExitCode => (other > one ? other : one);
