/** The content of a pipeline file, parsed and checked by itself; nothing is looked up yet. Every part keeps its place. */
import type { Located, Place } from './diagnostic.ts';
import type { Instant, Seconds, TaskName } from './ids.ts';
import type { Json, JsonObject } from './json.ts';
import type { Shell } from './shell.ts';
import type { Hook } from './task.ts';
import type { PartialSettings } from './settings.ts';

export interface Pipeline {
  readonly name: string;
  readonly description?: string;
  /** Absolute path of the file, or `<stdin>`; and the folder that relative paths in it start from. */
  readonly file: string;
  readonly folder: string;
  /** Paths and globs as written, relative to `folder`. */
  readonly modules: readonly Located<string>[];
  readonly params: ReadonlyMap<string, ParamSpec>;
  /** Environment variables the tasks may see, beyond the standard ones; secrets included. */
  readonly env: readonly string[];
  /** Variables of `env` whose values are redacted. */
  readonly secrets: readonly string[];
  /** Tasks in the order of the file; hooks come last. */
  readonly tasks: ReadonlyMap<TaskName, TaskSpec>;
  readonly defaults: PartialSettings;
  /** Named concurrency limits. */
  readonly pools: ReadonlyMap<string, number>;
  /** Time limit of a whole run. */
  readonly timeout: Seconds | null;
  readonly triggers: readonly TriggerSpec[];
  /** Most runs at once, of those that were queued. Absent: no limit. */
  readonly concurrency?: number;
  readonly expect?: Expectation;
  /** Place of the name, for diagnostics about the whole pipeline. */
  readonly at: Place;
}

export interface ParamSpec {
  readonly name: string;
  /** JSON Schema without `default`. */
  readonly schema: JsonObject;
  /** Absent: the parameter is required. */
  readonly default?: Json;
  readonly description?: string;
  readonly at: Place;
}

export interface TaskSpec {
  readonly name: TaskName;
  readonly at: Place;
  readonly description?: string;
  /** A registered function, a command for the shell, a whole run of another pipeline, or a wait for an event. */
  readonly work:
    | {
        readonly is: 'function';
        readonly task: Located<TaskName>;
        readonly cwd?: Located<string>;
        /** Working folder from `defaults`; a function without a process of its own has none. */
        readonly defaultCwd?: string;
      }
    | {
        readonly is: 'shell';
        readonly command: Located<string>;
        readonly shell?: Shell;
        readonly cwd?: Located<string>;
        /** Paths and globs of the files that it makes, relative to `folder`. */
        readonly outputs?: readonly Located<string>[];
      }
    | {
        readonly is: 'pipeline';
        /** Path as written, relative to `folder`. */
        readonly file: Located<string>;
        /** The task of that pipeline whose result becomes this task's result. */
        readonly output?: Located<TaskName>;
      }
    | {
        readonly is: 'wait';
        /** Pattern of the topics. */
        readonly event: Located<string>;
        /** CEL source of the condition that the event has to meet, without `${` and `}`. */
        readonly when?: Located<string>;
        /** Time limit of the whole wait; null: none. */
        readonly timeout: Seconds | null;
      };
  readonly needs: readonly Located<TaskName>[];
  /** Task that feeds each parameter. Implies `needs`. */
  readonly inputs: ReadonlyMap<string, Located<TaskName>>;
  /** Values with `${…}` still inside strings. */
  readonly with: ReadonlyMap<string, Located<Json>>;
  readonly tags: readonly string[];
  /** Tasks named in expressions of this task (`tasks.NAME.output` in when, with, map, run): an implicit control dependency, which also enters the cache key. */
  readonly mentions: readonly TaskName[];
  /** Tasks whose output an expression of this task requires, with the place of the expression; absent when there are none. */
  readonly needsOutputOf?: readonly Located<TaskName>[];
  /** Absent when its values read nothing. */
  readonly reads?: ValueReads;
  /** For mapped tasks. */
  readonly elementReads?: ElementReads;
  /** `when` needs nothing but `params` and `env`, so it can be decided while planning; true without `when`. */
  readonly decidable: boolean;
  /** CEL source of the condition, without `${` and `}`. */
  readonly when?: Located<string>;
  readonly map?: MapSpec;
  readonly settings: PartialSettings;
  /** Kind of hook; a hook runs when all other tasks have ended. */
  readonly hook?: Hook;
}

/** A property of the run that expressions of tasks can read. */
export type RunProperty = 'id' | 'pipeline' | 'time';

/** The facts besides results that `with`, `map` and `run` read: they can change a result, so they enter the cache key. */
export interface ValueReads {
  readonly run: readonly RunProperty[];
  /** Tasks whose status is read. */
  readonly statusOf: readonly TaskName[];
  /** Parameters and variables; absent when none is read. */
  readonly params?: NamesRead;
  readonly env?: NamesRead;
}

/** `all`: the values are read as a whole. */
export type NamesRead = readonly string[] | 'all';

/** What the values of one element of a mapped task depend on: all but the list. */
export interface ElementReads {
  readonly mentions: readonly TaskName[];
  readonly reads?: ValueReads;
}

export interface MapSpec {
  /** CEL source of the list, without `${` and `}`. */
  readonly over: Located<string>;
  /** The parameter that receives the element. */
  readonly as: string;
  readonly maxParallel: number | null;
}

/** Trigger definitions are checked with the file and used by the scheduler. */
export type TriggerSpec = TriggerPolicies &
  (
    | (TimeSpec & TimePolicies)
    | {
        readonly is: 'event';
        readonly pattern: string;
        /** Events that one run takes together. */
        readonly batch: { readonly max: number; readonly wait: Seconds };
      }
    /** Fires when a run of another pipeline has ended so. */
    | { readonly is: 'pipeline'; readonly after: Located<string>; readonly on: AwaitedEnding }
    | {
        readonly is: 'file';
        /** Path or glob, relative to the pipeline's folder. */
        readonly glob: string;
        /** The sign that a file is complete. */
        readonly complete: FileCompleteness;
        readonly identity: 'path+change' | 'content' | 'name';
        /** The treatment of files that exist when the trigger is first seen. */
        readonly existing: 'ignore' | 'run';
      }
    | { readonly is: 'api' }
    /** Fires by hand only. */
    | { readonly is: 'manual' }
  );

/** The keys of every kind of trigger. */
export interface TriggerPolicies {
  readonly at: Place;
  /** Its identity within the pipeline. */
  readonly name: string;
  readonly params: Readonly<Record<string, Json>>;
  readonly overlap: OverlapPolicy;
  /** CEL source of a condition, without `${` and `}`. */
  readonly when?: Located<string>;
}

/** The treatment of a tick while an earlier run of its trigger has not ended. */
export type OverlapPolicy =
  | { readonly mode: 'skip' | 'cancel_running' | 'allow' }
  /** `max` runs may wait. */
  | { readonly mode: 'queue'; readonly max: number };

export interface TimePolicies {
  readonly catchup: Catchup;
  /** A tick that is noticed later than this was missed. */
  readonly lateAfter: Seconds;
  /** Name of a calendar of the project. */
  readonly calendar?: Located<string>;
}

/** The missed ticks that are fired later. */
export interface Catchup {
  readonly mode: 'none' | 'last' | 'all';
  /** The most ticks; the latest are chosen. */
  readonly limit: number;
  /** Greatest age of such a tick; null: any age. */
  readonly window: Seconds | null;
}

type AwaitedEnding = 'succeeded' | 'failed' | 'ended';

/** A file is complete when it has not changed for `settle`, or when a file of the name `done` is there. */
export type FileCompleteness = { readonly settle: Seconds } | { readonly done: string };

/** A success is expected within the time, again and again; `grace` is added before it counts as late. */
export interface Expectation {
  readonly successWithin: Seconds;
  readonly grace: Seconds;
}

/** The instants at which a trigger of the clock fires. */
export type TimeSpec = {
  /** IANA name of the zone in which its times are read and shown. */
  readonly timezone: string;
  /** The first and the last instant that can be due. */
  readonly start?: Instant;
  readonly end?: Instant;
  /** The most that the trigger is late; each trigger has one fixed share of it. */
  readonly jitter: Seconds;
} & (
  | { readonly is: 'cron'; readonly cron: readonly string[]; readonly dst: DstPolicy }
  /** Fires in real time, at `anchor` and whole periods away from it. */
  | { readonly is: 'every'; readonly every: Seconds; readonly anchor: Instant }
  | { readonly is: 'at'; readonly instant: Instant }
);

/** The treatment of a fixed time when clocks change. */
export interface DstPolicy {
  /** Treatment of a time that the clock jumps over: `run_after` fires at the end of the gap. */
  readonly gap: 'skip' | 'run_after';
  /** Treatment of a time that the clock shows twice. */
  readonly fold: 'first' | 'second' | 'both';
}
