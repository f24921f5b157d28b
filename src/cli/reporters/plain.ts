/** For a log: a line for what happens, and a summary afterwards. */
import type { RecordedEvent } from '../../model/event.ts';
import type { Plan } from '../../model/plan.ts';
import type { EndedRun } from '../ended-run.ts';
import type { Terminal } from '../terminal.ts';
import { eventLine } from '../text/event-line.ts';
import { summaryText } from '../text/summary.ts';
import type { Reporter } from './reporter.ts';

/** Larger runs say only what went wrong and how much they leave out, as the store has it all. */
const QUIET_FROM = 200;

export class PlainReporter implements Reporter {
  readonly hears = 'latest';
  readonly #terminal: Terminal;
  #quiet = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  begun({ tasks }: Plan): void {
    this.#quiet = tasks.length >= QUIET_FROM;
  }

  event(event: RecordedEvent): void {
    const line = eventLine(event, this.#terminal, { quiet: this.#quiet });
    if (line !== undefined) this.#terminal.err(`${line}\n`);
  }

  async ended(ended: EndedRun): Promise<void> {
    this.#terminal.err(summaryText(ended, this.#terminal));
    this.#terminal.out(await ended.reports());
  }
}
