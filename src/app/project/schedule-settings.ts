import type { ScheduleSettings } from '../../config/project-file.ts';
import type { CallerContext } from './caller-context.ts';

/** Returns what `schedule` in the project's `dp.yaml` says, with the defaults of what it does not say. */
export function scheduleSettings(
  root: string,
  { projects }: Pick<CallerContext, 'projects'>,
): Required<ScheduleSettings> {
  return { maxRuns: 16, runners: 1, onCrash: 'resume', ...projects?.get(root)?.schedule };
}
