/** The bytes of a `dp.yaml` come in; the settings of the project go out, or every mistake with its place. */
import path from 'node:path';
import { type Diagnostic, hasErrors } from '../model/diagnostic.ts';
import { PROJECT_FILE, type ProjectFileRead } from './format/project-file-format.ts';
import { wrong } from './format/kinds.ts';
import { Report } from './yaml/report.ts';
import { decodeSource, SourceText } from './yaml/source.ts';
import { readYaml } from './yaml.ts';

/** The settings that a project states; absent ones are left to dp. */
export interface ProjectSettings {
  /** Absolute path of the state directory. */
  readonly state?: string;
  /** Most tasks at once. */
  readonly jobs?: number;
  readonly schedule?: ScheduleSettings;
  /** Absolute paths by name. */
  readonly calendars?: ReadonlyMap<string, string>;
}

export interface ScheduleSettings {
  /** Most runs at once. */
  readonly maxRuns?: number;
  /** Number of processes that execute them. */
  readonly runners?: number;
  readonly onCrash?: 'resume' | 'fail';
}

/** `file` is absolute; paths in it start from its folder. Settings are present exactly when no diagnostic is an error. */
export async function parseProjectFile(
  bytes: Uint8Array,
  file: string,
): Promise<{
  readonly settings: ProjectSettings | undefined;
  readonly diagnostics: readonly Diagnostic[];
}> {
  const source = decodeSource(bytes, file);
  if (!(source instanceof SourceText)) return { settings: undefined, diagnostics: [source] };
  const report = new Report(source);
  const read = await readProjectFile(report);
  const { diagnostics } = report;
  if (read === undefined || hasErrors(diagnostics)) return { settings: undefined, diagnostics };
  const { state, defaults, schedule, calendars } = read;
  const jobs = defaults?.value.jobs?.value;
  const settings = {
    ...(state && { state: path.resolve(path.dirname(file), state.value) }),
    ...(jobs !== undefined && { jobs }),
    ...(schedule && { schedule: scheduleIn(schedule.value) }),
    ...(calendars && {
      calendars: new Map(
        Array.from(calendars.value, ([name, { value }]) => [
          name,
          path.resolve(path.dirname(file), value),
        ]),
      ),
    }),
  };
  return { settings, diagnostics };
}

function scheduleIn({
  max_runs: maxRuns,
  runners,
  on_crash: onCrash,
}: NonNullable<ProjectFileRead['schedule']>['value']): ScheduleSettings {
  return {
    ...(maxRuns && { maxRuns: maxRuns.value }),
    ...(runners && { runners: runners.value }),
    ...(onCrash && { onCrash: onCrash.value }),
  };
}

/** An empty file says nothing, and only marks the root. */
async function readProjectFile(report: Report): Promise<ProjectFileRead | undefined> {
  const root = await readYaml(report);
  if (root === undefined) return undefined;
  if (root.is === 'scalar' && root.value === null) return {};
  if (root.is === 'map') return PROJECT_FILE.read(root, '', report);
  return wrong({ node: root, path: '', report }, PROJECT_FILE.expected);
}
