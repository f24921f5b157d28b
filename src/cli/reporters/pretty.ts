/** For a person who watches: what goes on, redrawn in place, and a summary afterwards. */
import type { RecordedEvent } from '../../model/event.ts';
import type { RunId } from '../../model/ids.ts';
import type { Plan } from '../../model/plan.ts';
import { applyEvent, emptyRun, type RunRecord } from '../../model/run.ts';
import type { EndedRun } from '../ended-run.ts';
import type { Terminal } from '../terminal.ts';
import { LiveView } from '../text/live.ts';
import { summaryText } from '../text/summary.ts';
import type { Reporter } from './reporter.ts';

export class PrettyReporter implements Reporter {
  readonly hears = 'latest';
  readonly #terminal: Terminal;
  #shown: { readonly run: RunRecord; readonly view: LiveView } | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  begun(plan: Plan, runId: RunId): void {
    const run = emptyRun(runId);
    this.#shown = { run, view: new LiveView(plan, run, this.#terminal) };
  }

  event(event: RecordedEvent): void {
    if (this.#shown === undefined) return;
    applyEvent(this.#shown.run, event);
    this.#shown.view.changed(event);
  }

  async ended(ended: EndedRun): Promise<void> {
    this.faulted();
    this.#terminal.err(summaryText(ended, this.#terminal));
    this.#terminal.out(await ended.reports());
  }

  faulted(): void {
    this.#shown?.view[Symbol.dispose]();
    this.#shown = undefined;
  }
}
