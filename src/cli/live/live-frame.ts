/** One frame of the live view: how far the run is, and a row for each running task. */
import type { Instant } from '../../model/ids.ts';
import { TASK_STATES, type TaskStatus } from '../../model/run.ts';
import { harmless, type Style, type Terminal } from '../console/terminal.ts';
import type { ActiveTask, LiveProgress } from '../../views/live-progress.ts';
import { clip } from './clip.ts';
import { durationText } from '../../views/amounts.ts';
import { statusText } from '../../views/run-words.ts';

const TASKS_SHOWN = 16;
/** Rows for the last line, the line that says how many are not shown, and the line of the cursor. */
const OTHER_ROWS = 3;
const RUN_BAR = 16;
const TASK_BAR = 12;
const NAME_COLUMNS = 32;

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly paint: Terminal['paint'];
}

export interface RunUnderWay {
  readonly progress: LiveProgress;
  readonly began: Instant;
  /** Greatest number of attempts at once. */
  readonly jobs: number;
}

/** Returns rows that fit on the screen in width and number: anything larger would spoil the next frame. */
export function liveFrame(run: RunUnderWay, now: Instant, screen: Screen): string[] {
  const active = run.progress.active();
  const shown = active.slice(0, Math.max(0, Math.min(TASKS_SHOWN, screen.rows - OTHER_ROWS)));
  const width = Math.min(NAME_COLUMNS, Math.max(0, ...shown.map(({ name }) => name.length)));
  const rows = shown.map((task) => taskRow(task, width, now, screen));
  const left = active.length - shown.length;
  if (left > 0 && screen.rows >= OTHER_ROWS)
    rows.push(screen.paint('dim', `  … and ${left} more under way`));
  rows.push(runRow(run, now, screen));
  return rows.map((row) => clip(row, screen.columns - 1));
}

function taskRow(task: ActiveTask, width: number, now: Instant, { paint }: Screen): string {
  const { name, record, attemptsAllowed, retryAt } = task;
  const isWaiting = record.status === 'retrying';
  const style: Style = isWaiting ? 'yellow' : 'cyan';
  const parts = [paint(style, clip(name, width).padEnd(width)), progressText(task, paint)];
  if (record.attempts > 1 && !isWaiting)
    parts.push(paint('yellow', `attempt ${record.attempts} of ${attemptsAllowed}`));
  if (isWaiting)
    parts.push(
      `${record.reason?.replace('_', ' ') ?? 'failed'}, attempt ${record.attempts + 1} of ${attemptsAllowed} ${
        retryAt === undefined || retryAt <= now
          ? 'waits for a slot'
          : `in ${durationText(Math.ceil((retryAt - now) / 100) * 100)}`
      }`,
    );
  if (record.childRunId !== undefined) parts.push(paint('dim', `run ${record.childRunId}`));
  if (record.wait !== undefined)
    parts.push(paint('dim', `waits for ${harmless(record.wait.event)}`));
  parts.push(paint('dim', durationText(now - (record.startedAt ?? now))));
  return `  ${parts.filter((part) => part !== '').join('  ')}`;
}

function progressText(
  { record: { progress }, elements }: ActiveTask,
  paint: Screen['paint'],
): string {
  if (elements !== undefined) {
    const { done, total, running, failed } = elements;
    const broken = failed === 0 ? '' : `  ${paint('red', `${failed} failed`)}`;
    return `${bar(done, total, TASK_BAR)} ${done}/${total}  ${running} running${broken}`;
  }
  if (progress === undefined) return '';
  const { done, total } = progress;
  return total === null ? `${done} done` : `${bar(done, total, TASK_BAR)} ${done}/${total}`;
}

const STYLES: Partial<Record<TaskStatus, Style>> = {
  succeeded: 'green',
  cached: 'cyan',
  failed: 'red',
  timed_out: 'red',
};

function runRow({ progress, began, jobs }: RunUnderWay, now: Instant, { paint }: Screen): string {
  const counts = TASK_STATES.flatMap((status) => {
    const count = progress.ended.get(status) ?? 0;
    return count === 0 ? [] : [paint(STYLES[status] ?? 'dim', `${count} ${statusText(status)}`)];
  });
  const ended = [...progress.ended.values()].reduce((sum, count) => sum + count, 0);
  return [
    `${bar(ended, progress.total, RUN_BAR)} ${ended}/${progress.total}`,
    durationText(now - began),
    `${progress.slotsInUse}/${jobs} slots`,
    ...stoppingText(progress, now, paint),
    ...counts,
  ].join('  ');
}

function stoppingText(
  { endsAt, slotsInUse }: LiveProgress,
  now: Instant,
  paint: Screen['paint'],
): readonly string[] {
  if (endsAt === undefined || slotsInUse === 0) return [];
  const left = Math.ceil((endsAt - now) / 1000);
  const how = left > 0 ? `waits ${durationText(left * 1000)} at most` : 'kills the running tasks';
  return [paint('yellow', `stopping: ${how}`)];
}

function bar(done: number, total: number, columns: number): string {
  const share = total <= 0 ? 1 : Math.min(1, Math.max(0, done / total));
  const filled = Math.floor(columns * share);
  return '█'.repeat(filled) + '░'.repeat(columns - filled);
}
