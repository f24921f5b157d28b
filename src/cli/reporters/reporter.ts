/**
 * Reporters: a run comes in event by event; a report goes out to a person, a program, a CI service or a file.
 * They never change a run, and never decide how it ends. Each reporter has a file of its own.
 */
import type { Running } from '../../app/running/run.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { RecordedEvent } from '../../model/event.ts';
import type { Plan } from '../../model/plan.ts';
import type { EndedRun } from '../../views/ended-run.ts';

/** Reports one run to one audience. */
export interface Reporter {
  /**
   * The events that it gets. `latest`: as they come, with gaps when it is too slow for them. `all`: every event on
   * record, from the first of the run, at its own pace. Absent: none but the end.
   */
  readonly wants?: 'latest' | 'all';
  /** Called once, before any event. */
  begun?(plan: Plan, running: Running): Promise<void> | void;
  event?(event: RecordedEvent): Promise<void> | void;
  /** Called after the last event. Throws a Fault when the report cannot be written, such as DP8002. */
  ended(ended: EndedRun): Promise<void> | void;
  /** Called instead of `ended` when dp could not start the run, or failed during it. The command prints the diagnostics itself. */
  faulted?(diagnostics: readonly Diagnostic[]): Promise<void> | void;
}
