import * as control from '../../app/scheduling/daemon-control.ts';
import { scheduleSettings } from '../../app/project/schedule-settings.ts';
import { scheduleStatus } from '../../app/scheduling/schedule-status.ts';
import { document } from '../../views/json.ts';
import type { CommandContext } from '../console/context.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { openForReading, projectRoot } from '../console/state.ts';
import { statusJson, statusText } from '../text/schedule-status.ts';

/** Exit code 1 when no daemon leads, or something has been overdue for long. */
export function showStatus(context: CommandContext): ExitCode {
  const { terminal, json, caller } = context;
  using state = openForReading(context);
  const now = caller.clock.now();
  const { maxRuns } = scheduleSettings(projectRoot(context), caller);
  const status = scheduleStatus(state.store, { now, maxRuns });
  if (json) terminal.out(document(statusJson(status)));
  else terminal.out(statusText(status, now));
  return status.healthy ? EXIT.ok : EXIT.taskFailed;
}

export function reloadDaemons(context: CommandContext): ExitCode {
  control.reloadDaemons(() => openForReading(context));
  return EXIT.ok;
}

export async function stopDaemons(
  context: CommandContext,
  options: control.StopOptions,
): Promise<ExitCode> {
  await control.stopDaemons(() => openForReading(context), options);
  return EXIT.ok;
}
