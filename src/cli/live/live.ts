/** The live view: lines for what has happened, and below them a frame with the running tasks, redrawn in place. */
import stringWidth from 'string-width';
import type { RecordedEvent } from '../../model/event.ts';
import type { Terminal } from '../console/terminal.ts';
import { EventLines } from './event-lines.ts';
import { liveFrame, type RunUnderWay } from './live-frame.ts';

const REDRAW_MS = 80;
/** Smaller runs print a line for every task that ends; larger ones only for what went wrong. */
const CHATTY_UP_TO = 60;
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';

export class LiveView implements Disposable {
  readonly #run: RunUnderWay;
  readonly #terminal: Terminal;
  readonly #timer: NodeJS.Timeout;
  readonly #told: EventLines;
  /** Columns of each row that was drawn. */
  #drawn: readonly number[] = [];
  #lines: string[] = [];

  constructor(run: RunUnderWay, terminal: Terminal) {
    this.#run = run;
    this.#terminal = terminal;
    this.#told = new EventLines(terminal, { quiet: run.progress.total > CHATTY_UP_TO });
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#timer.unref();
    terminal.err(HIDE_CURSOR);
    process.on('exit', this.#showCursor).on('SIGTSTP', this.#pause);
  }

  changed(event: RecordedEvent): void {
    this.#run.progress.apply(event);
    if (event.topic === 'run.task.started') return;
    const line = this.#told.of(event);
    if (line !== undefined) this.#lines.push(line);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    process.off('exit', this.#showCursor).off('SIGTSTP', this.#pause);
    this.#terminal.err(this.#erase() + this.#takeLines() + SHOW_CURSOR);
  }

  #draw(): void {
    const { columns, rows } = this.#terminal;
    const paint = this.#terminal.paint.bind(this.#terminal);
    const frame = liveFrame(this.#run, Date.now(), { columns, rows, paint });
    const text = this.#erase() + this.#takeLines() + frame.map((row) => `${row}\n`).join('');
    this.#drawn = frame.map((row) => stringWidth(row));
    this.#terminal.err(text);
  }

  #takeLines(): string {
    const lines = this.#lines.splice(0);
    return lines.map((line) => `${line}\n`).join('');
  }

  /** Returns the codes that clear the screen from the first row of the last frame. A terminal made narrower has wrapped the rows. */
  #erase(): string {
    const { columns } = this.#terminal;
    let rows = 0;
    for (const width of this.#drawn) rows += Math.max(1, Math.ceil(width / columns));
    this.#drawn = [];
    return rows === 0 ? '' : `\r\u001B[${rows}A\u001B[J`;
  }

  readonly #showCursor = (): void => this.#terminal.err(SHOW_CURSOR);

  /** At Ctrl-Z the shell gets a cursor, and the last frame stays where it is. */
  readonly #pause = (): void => {
    this.#drawn = [];
    this.#showCursor();
    process.once('SIGCONT', () => this.#terminal.err(HIDE_CURSOR));
    process.kill(process.pid, 'SIGSTOP');
  };
}
