/** The live view: a bar, the tasks that run, and lines above them for what ended badly. Redrawn in place. */
import type { RecordedEvent } from '../../model/event.ts';
import type { Instant } from '../../model/ids.ts';
import type { Plan } from '../../model/plan.ts';
import { isFinished, type RunRecord, type TaskRecord } from '../../model/run.ts';
import type { Terminal } from '../terminal.ts';
import { durationText } from './duration.ts';
import { eventLine } from './event-line.ts';

const REDRAW_MS = 80;
const RUNNING_SHOWN = 12;
const BAR = 24;
/** Smaller runs print a line for every task that ends; larger ones only for what went wrong. */
const CHATTY_UP_TO = 60;

export class LiveView implements Disposable {
  readonly #plan: Plan;
  readonly #run: RunRecord;
  readonly #terminal: Terminal;
  readonly #timer: NodeJS.Timeout;
  #finished = 0;
  #drawn = 0;
  #lines: string[] = [];

  constructor(plan: Plan, run: RunRecord, terminal: Terminal) {
    this.#plan = plan;
    this.#run = run;
    this.#terminal = terminal;
    this.#timer = setInterval(() => this.#draw(Date.now()), REDRAW_MS);
    this.#timer.unref();
  }

  changed(event: RecordedEvent): void {
    if (event.topic === 'run.task.started') return;
    const line = eventLine(event, this.#terminal, {
      quiet: this.#plan.tasks.length > CHATTY_UP_TO,
    });
    if (line !== undefined) this.#lines.push(line);
    const task = event.task === undefined ? undefined : this.#run.tasks.get(event.task);
    if (task !== undefined && event.element === undefined && isFinished(task.status))
      this.#finished++;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#terminal.err(this.#erase() + this.#takeLines());
  }

  #draw(now: Instant): void {
    const running = [...this.#run.tasks].filter(
      ([, task]) => task.status === 'running' || task.status === 'retrying',
    );
    const width = this.#terminal.columns - 1;
    const rows = running
      .slice(0, RUNNING_SHOWN)
      .map(([name, task]) => this.#taskRow(name, task, now));
    if (running.length > RUNNING_SHOWN)
      rows.push(`  … and ${running.length - RUNNING_SHOWN} more running`);
    rows.push(this.#bar(now));
    const text =
      this.#erase() + this.#takeLines() + rows.map((row) => `${clip(row, width)}\n`).join('');
    this.#drawn = rows.length;
    this.#terminal.err(text);
  }

  #taskRow(name: string, task: TaskRecord, now: Instant): string {
    const terminal = this.#terminal;
    const since = durationText(now - (task.startedAt ?? now));
    const elements =
      task.elements === undefined
        ? ''
        : ` ${task.elements.filter((element) => isFinished(element.status)).length}/${task.elements.length}`;
    const progress =
      task.progress === undefined
        ? ''
        : ` ${task.progress.done}${task.progress.total === null ? '' : `/${task.progress.total}`}`;
    const attempt = task.attempts > 1 ? ` attempt ${task.attempts}` : '';
    return `  ${terminal.paint(task.status === 'retrying' ? 'yellow' : 'cyan', name)}${elements}${progress}${attempt} ${terminal.paint('dim', since)}`;
  }

  #bar(now: Instant): string {
    const total = this.#plan.tasks.length;
    const filled = Math.round((BAR * this.#finished) / Math.max(1, total));
    const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
    return `${bar} ${this.#finished}/${total} ${this.#terminal.paint('dim', durationText(now - this.#run.startedAt))}`;
  }

  #takeLines(): string {
    const lines = this.#lines.splice(0);
    return lines.map((line) => `${line}\n`).join('');
  }

  /** Back to the first row of what was drawn, and clear from there. */
  #erase(): string {
    const rows = this.#drawn;
    this.#drawn = 0;
    return rows === 0 ? '' : `\u001B[${rows}A\u001B[J`;
  }
}

/** Cuts to the terminal's width, colour codes not counted: a wrapped row would spoil the redraw. */
function clip(row: string, width: number): string {
  // oxlint-disable-next-line no-control-regex -- colour codes
  const parts = row.split(/(\u001B\[[0-9;]*m)/);
  let left = width;
  return parts
    .map((part) => {
      if (part.startsWith('\u001B')) return part;
      const kept = part.slice(0, left);
      left -= kept.length;
      return kept;
    })
    .join('');
}
