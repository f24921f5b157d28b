/**
 * Reports to a program, one JSON document per line. First `{ schemaVersion, runId, plan }`; then every event of the run as
 * `dp events --json` prints it; last `{ schemaVersion, run }`, or `{ schemaVersion, diagnostics }` when it could not be run.
 */
import type { Running } from '../../app/running/run.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { RecordedEvent } from '../../model/event.ts';

import type { Plan } from '../../model/plan.ts';
import type { EndedRun } from '../../views/ended-run.ts';
import { diagnosticsJson, document, eventJson, runJson } from '../../views/json.ts';
import { planJson } from '../../views/plan-json.ts';
import { ReaderGone, type Terminal } from '../console/terminal.ts';
import type { Reporter } from './reporter.ts';
import { hintText } from '../text/hint.ts';

export class NdjsonReporter implements Reporter {
  readonly wants = 'all';
  readonly #terminal: Terminal;
  #isRead = true;
  /** Sequence number of the last event. Events are numbered from 1 without gaps, and this reporter gets all of them. */
  #seq = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  begun(plan: Plan, { runId }: Running): Promise<void> {
    return this.#write(document({ runId, plan: planJson(plan, hintText) }));
  }

  event(event: RecordedEvent): Promise<void> {
    return this.#write(`${JSON.stringify(eventJson(event, ++this.#seq))}\n`);
  }

  ended({ run }: EndedRun): Promise<void> {
    return this.#write(document({ run: runJson(run) }));
  }

  faulted(diagnostics: readonly Diagnostic[]): Promise<void> {
    return this.#write(document({ diagnostics: diagnosticsJson(diagnostics, hintText) }));
  }

  /** Prints a line unless the reader has left, as after `| head -1`: the run continues without it. */
  async #write(line: string): Promise<void> {
    if (!this.#isRead) return;
    try {
      await this.#terminal.outAndDrain(line);
    } catch (error) {
      if (!(error instanceof ReaderGone)) throw error;
      this.#isRead = false;
    }
  }
}
