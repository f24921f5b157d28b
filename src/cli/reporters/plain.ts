/** Reports to a log: a line for each event worth one, and a summary at the end. */
import type { RecordedEvent } from '../../model/event.ts';
import type { Plan } from '../../model/plan.ts';
import type { EndedRun } from '../../views/ended-run.ts';
import { reportedText, type Terminal } from '../console/terminal.ts';
import { EventLines } from '../live/event-lines.ts';
import { summaryText } from '../text/summary.ts';
import type { Reporter } from './reporter.ts';

/** Runs of this many tasks and more print only what goes wrong, as the store has it all. */
const QUIET_FROM = 200;

export class PlainReporter implements Reporter {
  readonly wants = 'latest';
  readonly #terminal: Terminal;
  #lines: EventLines | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  begun({ tasks }: Plan): void {
    this.#lines = new EventLines(this.#terminal, { quiet: tasks.length >= QUIET_FROM });
  }

  event(event: RecordedEvent): void {
    const line = this.#lines?.of(event);
    if (line !== undefined) this.#terminal.err(`${line}\n`);
  }

  async ended(ended: EndedRun): Promise<void> {
    this.#terminal.err(summaryText(ended, this.#terminal));
    this.#terminal.out(reportedText(await ended.reports()));
  }
}
