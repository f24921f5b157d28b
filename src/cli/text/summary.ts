/** What is left to say when a run has ended: the totals, the slowest path, and for each failure its place, its log's tail and how to go on. */
import { existsSync, readFileSync } from 'node:fs';
import { logFile } from '../../app.ts';
import type { TaskName } from '../../model/ids.ts';
import type { Plan } from '../../model/plan.ts';
import type { RunRecord, TaskRecord, TaskStatus } from '../../model/run.ts';
import { slowestPath } from '../slowest-path.ts';
import { harmless, type Style, type Terminal } from '../terminal.ts';
import { durationText } from './duration.ts';
import { errorText } from './event-line.ts';

const FAILURES_SHOWN = 10;
const PATH_SHOWN = 8;
const LOG_LINES = 8;
const LOG_TAIL_BYTES = 8_192;

export function summaryText(
  run: RunRecord,
  plan: Plan,
  stateFolder: string,
  terminal: Terminal,
): string {
  const failures = [...run.tasks].filter(
    ([, task]) => task.status === 'failed' || task.status === 'timed_out',
  );
  let text = '';
  for (const [name, task] of failures.slice(0, FAILURES_SHOWN))
    text += failureText(run, name, task, stateFolder, terminal);
  if (failures.length > FAILURES_SHOWN)
    text += `\n… and ${failures.length - FAILURES_SHOWN} more failed tasks: dp show ${run.runId}\n`;
  const style: Style =
    run.status === 'succeeded' ? 'green' : run.status === 'failed' ? 'red' : 'yellow';
  const took = durationText((run.finishedAt ?? run.startedAt) - run.startedAt);
  text += `\n${terminal.paint(style, run.status)} in ${took}: ${countsText(run)}\n`;
  if (run.error !== undefined) text += `${errorText(run.error)}\n`;
  const path = slowestPath(run, plan.tasks);
  if (path.length > 1) text += terminal.paint('dim', `slowest path: ${pathText(path)}\n`);
  text += terminal.paint('dim', `dp show ${run.runId}\n`);
  return text;
}

export function countsText(run: RunRecord): string {
  if (run.tasks.size === 0) return 'there was nothing to do';
  const counts = new Map<TaskStatus, number>();
  for (const { status } of run.tasks.values()) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} ${status.replace('_', ' ')}`).join(', ');
}

function failureText(
  run: RunRecord,
  name: TaskName,
  task: TaskRecord,
  stateFolder: string,
  terminal: Terminal,
): string {
  let text = `\n${terminal.paint('red', name)} ${task.reason ?? ''}${attemptsText(task)}\n`;
  if (task.error !== undefined) text += `  ${errorText(task.error)}\n`;
  const tail = logTail(logFile(stateFolder, run.runId, name, task.attempts));
  for (const line of tail) text += `  ${terminal.paint('dim', '|')} ${harmless(line)}\n`;
  if (tail.length > 0) text += terminal.paint('dim', `  dp logs ${run.runId} ${name}\n`);
  return text;
}

/** A mapped task has none of its own. */
function attemptsText({ attempts }: TaskRecord): string {
  if (attempts === 0) return '';
  return ` after ${attempts} attempt${attempts === 1 ? '' : 's'}`;
}

function logTail(file: string): string[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file).subarray(-LOG_TAIL_BYTES).toString('utf8');
  return text.trimEnd().split('\n').slice(-LOG_LINES);
}

/** Both ends of a long path; its middle says little. */
function pathText(path: readonly (readonly [TaskName, number])[]): string {
  const shown = path.map(([name, ms]) => `${name} ${durationText(ms)}`);
  const left = shown.length - PATH_SHOWN;
  if (left > 1) shown.splice(PATH_SHOWN - 1, left, `… ${left} more …`);
  return shown.join(' -> ');
}
