/**
 * Reporters: a run comes in event by event, and its story goes out to a person, a program, a CI service or a file.
 * They never change a run, and never decide how it ends. A file each.
 */
import type { Running } from '../../app/running/run.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { RecordedEvent } from '../../model/event.ts';
import type { Plan } from '../../model/plan.ts';
import type { EndedRun } from '../../views/ended-run.ts';

/** Tells one run to one audience. */
export interface Reporter {
  /**
   * `latest`: events as they come, with gaps when it is too slow for them. `all`: every event on record, from the
   * first of the run, at its own pace. Absent: the end is enough.
   */
  readonly hears?: 'latest' | 'all';
  /** Once, before any event. */
  begun?(plan: Plan, running: Running): Promise<void> | void;
  event?(event: RecordedEvent): Promise<void> | void;
  /** After the last event. Throws a Fault when the story cannot be told, such as DP8002. */
  ended(ended: EndedRun): Promise<void> | void;
  /** Instead of `ended`: dp could not begin the run, or not see it to its end. People are told the diagnostics without it. */
  faulted?(diagnostics: readonly Diagnostic[]): Promise<void> | void;
}
