/** The bytes of a `dp.yaml` come in; the settings of the project go out, or every mistake with its place. */
import path from 'node:path';
import type { Located } from '../model/diagnostic.ts';
import type { JsonObject } from '../model/json.ts';
import { readDocument, type ReadDocument } from './document.ts';
import { PROJECT_FILE, type ProjectFileRead } from './format/project-file-format.ts';

/** The settings that a project states; absent ones are left to dp. */
export interface ProjectSettings {
  /** Absolute path of the state directory. */
  readonly state?: string;
  /** Most tasks at once. */
  readonly jobs?: number;
  readonly schedule?: ScheduleSettings;
  /** Absolute paths by name. */
  readonly calendars?: ReadonlyMap<string, string>;
  readonly events?: EventSettings;
}

export interface ScheduleSettings {
  /** Most runs at once. */
  readonly maxRuns?: number;
  /** Number of processes that execute them. */
  readonly runners?: number;
  readonly onCrash?: 'resume' | 'fail';
}

/** How the state exchanges events with a broker. */
export interface EventSettings {
  /** The address; files in it are relative to `folder`. */
  readonly broker: Located<string>;
  readonly folder: string;
  /** Patterns of the events that are sent. */
  readonly forward: readonly string[];
  /** Patterns of the events that are taken over; undefined: all that are not dp's own. */
  readonly receive: readonly string[] | undefined;
  /** JSON Schemas of the data of received events, by pattern. */
  readonly schemas: Readonly<Record<string, JsonObject>>;
}

/** `file` is absolute; paths in it start from its folder. An empty file says nothing, and only marks the root. */
export async function parseProjectFile(
  bytes: Uint8Array,
  file: string,
): Promise<ReadDocument<ProjectSettings>> {
  return await readDocument(bytes, file, (root, report) => {
    if (root.is === 'scalar' && root.value === null) return {};
    const read = PROJECT_FILE.read(root, '', report);
    return read && settingsIn(read, path.dirname(file));
  });
}

function settingsIn(
  { state, defaults, schedule, calendars, events }: ProjectFileRead,
  folder: string,
): ProjectSettings {
  const jobs = defaults?.value.jobs?.value;
  return {
    ...(state && { state: path.resolve(folder, state.value) }),
    ...(jobs !== undefined && { jobs }),
    ...(schedule && { schedule: scheduleIn(schedule.value) }),
    ...(calendars && {
      calendars: new Map(
        Array.from(calendars.value, ([name, { value }]) => [name, path.resolve(folder, value)]),
      ),
    }),
    ...(events && { events: eventSettings(events.value, folder) }),
  };
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

function eventSettings(
  { broker, forward, receive, schemas }: NonNullable<ProjectFileRead['events']>['value'],
  folder: string,
): EventSettings {
  return {
    broker,
    folder,
    forward: forward?.value.map(({ value }) => value) ?? [],
    receive: receive?.value.map(({ value }) => value),
    schemas: Object.fromEntries(
      [...(schemas?.value ?? [])].map(([pattern, { value }]) => [pattern, value]),
    ),
  };
}
