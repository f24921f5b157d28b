/** Reports to a person at a terminal: the live view, and a summary at the end. */
import { readRun } from '../../app/project/find-run.ts';
import type { Running } from '../../app/running/run.ts';
import type { RecordedEvent } from '../../model/event.ts';
import type { Plan } from '../../model/plan.ts';
import type { EndedRun } from '../../views/ended-run.ts';
import { reportedText, type Terminal } from '../console/terminal.ts';
import { LiveProgress } from '../../views/live-progress.ts';
import { LiveView } from '../live/live.ts';
import { summaryText } from '../text/summary.ts';
import type { Reporter } from './reporter.ts';

export class PrettyReporter implements Reporter {
  readonly wants = 'latest';
  readonly #terminal: Terminal;
  #view: LiveView | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  begun(plan: Plan, { runId, jobs, state }: Running): void {
    const earlier = readRun(state, runId);
    const progress = new LiveProgress(plan, earlier);
    this.#view = new LiveView({ progress, began: Date.now(), jobs }, this.#terminal);
  }

  event(event: RecordedEvent): void {
    this.#view?.changed(event);
  }

  async ended(ended: EndedRun): Promise<void> {
    this.faulted();
    this.#terminal.err(summaryText(ended, this.#terminal));
    this.#terminal.out(reportedText(await ended.reports()));
  }

  faulted(): void {
    this.#view?.[Symbol.dispose]();
    this.#view = undefined;
  }
}
