/** Prints what the tasks of a run print, while another process executes it. */
import type { LogSelection, AttemptLogFile } from '../../app/project/logs.ts';
import type { State } from '../../app/project/state.ts';
import { isLifecycle, type RecordedEvent } from '../../model/event.ts';
import type { ExitCode } from '../console/exit-codes.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import type { CommandContext } from '../console/context.ts';
import { follow, type Follower } from './follow.ts';
import { LogLines, offsetOfLast } from './log-lines.ts';
import { type Terminal, watchedText } from '../console/terminal.ts';
import { logFile } from '../../model/log-file.ts';

export interface FollowedLogs extends LogSelection {
  /** Lines of each attempt, from its end, that are printed of what was there when the following began; absent: all. */
  readonly tail?: number;
}

export function followLogs(
  context: CommandContext,
  state: State,
  runId: RunId,
  selection: FollowedLogs,
): Promise<ExitCode> {
  return follow(context, state, runId, new LogFollower(context, state.folder, runId, selection));
}

/** The log of an attempt that has begun. */
interface FollowedLog extends AttemptLogFile {
  /** Logs that had ended when this attempt began: the rest of each is printed first. */
  readonly after: readonly FollowedLog[];
  /** Undefined before the first look. */
  lines?: LogLines;
  /** The attempt has ended on record. */
  hasEnded: boolean;
  /** The attempt had ended one look ago: its last bytes, which may follow its end on record, are in the file now. */
  isWhole: boolean;
}

class LogFollower implements Follower {
  readonly #terminal: Terminal;
  readonly #isJson: boolean;
  readonly #folder: string;
  readonly #run: RunId;
  readonly #selection: FollowedLogs;
  /** Logs of running attempts, by task and element. */
  readonly #running = new Map<string, FollowedLog>();
  /** Logs that may still grow, in the order in which their attempts began. */
  readonly #growing = new Set<FollowedLog>();
  /** Logs of ended attempts. They are read once more at the end: processes that an attempt left may print after it. */
  readonly #whole: FollowedLog[] = [];
  #hasLooked = false;

  constructor(
    { terminal, json }: CommandContext,
    folder: string,
    run: RunId,
    selection: FollowedLogs,
  ) {
    this.#terminal = terminal;
    this.#isJson = json;
    this.#folder = folder;
    this.#run = run;
    this.#selection = selection;
  }

  event(event: RecordedEvent): void {
    if (!isLifecycle(event) || event.task === undefined) return;
    if (event.topic === 'run.task.progress') return;
    const { task, element, attempt = 1 } = event;
    const unit = `${task}[${element ?? ''}]`;
    // A process that died recorded no end of its attempts; the next attempt shows that they ended.
    const before = this.#running.get(unit);
    if (before !== undefined) before.hasEnded = true;
    this.#running.delete(unit);
    if (event.topic !== 'run.task.started' || !this.#isWanted(task, attempt)) return;
    const log: FollowedLog = {
      task,
      ...(element === undefined ? {} : { element }),
      attempt,
      file: logFile(this.#folder, this.#run, task, attempt, element),
      after: [...this.#growing].filter(({ hasEnded }) => hasEnded),
      hasEnded: false,
      isWhole: false,
    };
    this.#running.set(unit, log);
    this.#growing.add(log);
  }

  async upToDate(runHasEnded: boolean): Promise<void> {
    if (runHasEnded) for (const log of this.#whole.splice(0)) await this.#tell(log, true);
    for (const log of this.#growing) {
      if (log.after.some((earlier) => this.#growing.has(earlier))) continue;
      const isOver = log.isWhole || runHasEnded;
      await this.#tell(log, isOver);
      log.isWhole = log.hasEnded;
      if (!isOver) continue;
      this.#growing.delete(log);
      this.#whole.push(log);
    }
    this.#hasLooked = true;
  }

  #isWanted(task: TaskName, attempt: number): boolean {
    const { task: onlyTask = task, attempt: onlyAttempt = attempt } = this.#selection;
    return onlyTask === task && onlyAttempt === attempt;
  }

  async #tell(log: FollowedLog, isOver: boolean): Promise<void> {
    log.lines ??= new LogLines(log.file, await this.#firstOffset(log.file));
    for await (const line of log.lines.added({ isOver }))
      await this.#terminal.outAndDrain(`${this.#text(log, line)}\n`);
  }

  async #firstOffset(file: string): Promise<number> {
    const { tail } = this.#selection;
    return tail === undefined || this.#hasLooked ? 0 : offsetOfLast(tail, file);
  }

  #text({ task, element, attempt }: FollowedLog, line: string): string {
    if (this.#isJson)
      return JSON.stringify({ task, ...(element === undefined ? {} : { element }), attempt, line });
    const shown = watchedText(line);
    if (this.#selection.task !== undefined && element === undefined) return shown;
    const name = `${task}${element === undefined ? '' : `[${element}]`}#${attempt}`;
    return `${this.#terminal.paint('cyan', name)} | ${shown}`;
  }
}
