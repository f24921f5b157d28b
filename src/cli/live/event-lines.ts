/** The events of a run as lines. Of a mapped task's elements only the first failures get a line: a thousand more say nothing new. */
import type { RecordedEvent } from '../../model/event.ts';
import type { TaskName } from '../../model/ids.ts';
import type { Terminal } from '../console/terminal.ts';
import { eventLine } from '../text/event-line.ts';

const ELEMENTS_TOLD = 10;

export class EventLines {
  readonly #terminal: Terminal;
  readonly #quiet: boolean;
  /** Number of lines about elements, by mapped task. */
  readonly #told = new Map<TaskName, number>();

  constructor(terminal: Terminal, options: { readonly quiet: boolean }) {
    this.#terminal = terminal;
    this.#quiet = options.quiet;
  }

  /** Returns the line for an event; undefined when it says nothing new. */
  of(event: RecordedEvent): string | undefined {
    const line = eventLine(event, this.#terminal, { quiet: this.#quiet });
    if (line === undefined || event.task === undefined || event.element === undefined) return line;
    const told = (this.#told.get(event.task) ?? 0) + 1;
    this.#told.set(event.task, told);
    if (told <= ELEMENTS_TOLD) return line;
    return told === ELEMENTS_TOLD + 1
      ? this.#terminal.paint('dim', `          … and more elements of ${event.task}`)
      : undefined;
  }
}
