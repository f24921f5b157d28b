import { diffRuns } from '../../app/comparing/diff.ts';
import {
  hasSameEnding,
  type ComparedRuns,
  type Difference,
  type TaskDiff,
} from '../../model/difference.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { Milliseconds } from '../../model/ids.ts';
import { tookOf } from '../../model/run.ts';
import type { CommandContext } from '../console/context.ts';
import { document } from '../../views/json.ts';
import { diffJson } from '../../views/plan-json.ts';
import { differenceText } from '../../views/differences.ts';
import { noteText } from '../../views/reasons.ts';
import { findRun } from '../../app/project/find-run.ts';
import { openForReading } from '../console/state.ts';
import { harmless, type Terminal } from '../console/terminal.ts';
import { durationText } from '../../views/amounts.ts';

/** Prints what differs between two runs: what they were asked to do, and the outcome of each task. */
export async function diff(
  context: CommandContext,
  _options: object,
  before: string,
  after: string,
): Promise<ExitCode> {
  using state = openForReading(context);
  const found = diffRuns(findRun(state, before), findRun(state, after), state);
  const { terminal, json } = context;
  terminal.out(json ? document(diffJson(found)) : diffText(found, terminal));
  return EXIT.ok;
}

/** Tasks shown; `--json` has all. */
const TASKS_SHOWN = 50;

function diffText(found: ComparedRuns, terminal: Terminal): string {
  let text = `${terminal.paint('bold', summaryLine(found))}\n`;
  for (const each of found.differences) text += `  ${harmless(differenceText(each))}\n`;
  for (const note of found.notes) text += `  ${harmless(noteText(note))}\n`;
  const differing = found.tasks.filter(
    (task) => task.differences.length > 0 || !hasSameEnding(task),
  );
  const width = Math.max(...differing.map(({ task }) => task.length), 0);
  for (const task of differing.slice(0, TASKS_SHOWN)) {
    text += `  ${task.task.padEnd(width)}  ${endingsText(task)}\n`;
    for (const each of task.differences)
      text += `  ${' '.repeat(width)}  ${harmless(differenceText(each))}\n`;
  }
  if (differing.length > TASKS_SHOWN)
    text += `  … and ${differing.length - TASKS_SHOWN} more tasks\n`;
  return text;
}

function summaryLine({ before, after, differences, tasks }: ComparedRuns): string {
  const defined = tasks.filter((task) => task.differences.length > 0).length;
  const parts = [
    `${before.status} → ${after.status}`,
    before.planId === after.planId ? 'same plan' : `${countOf(defined, 'definition')} differ`,
    ...countsOf(differences),
    `${tasks.filter(hasSameEnding).length} of ${countOf(tasks.length, 'task')} ended the same`,
    timesText(tookOf(before), tookOf(after)),
  ];
  return `${before.pipeline} ${before.runId} → ${after.runId}: ${parts.join(', ')}`;
}

const NAMES: Partial<Record<Difference['part'], string>> = {
  file: 'file',
  param: 'parameter',
  env: 'variable',
  node: 'version of Node',
  lock_file: 'lock file',
  compile_options: 'compile option',
};

function countsOf(differences: readonly Difference[]): string[] {
  const counts = new Map<string, number>();
  for (const { part } of differences) {
    const name = NAMES[part] ?? part;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(
    ([name, count]) => `${countOf(count, name)} ${count > 1 ? 'differ' : 'differs'}`,
  );
}

const countOf = (count: number, name: string): string =>
  count === 1 ? `1 ${name}` : `${count} ${name}s`;

const DIGEST_SHOWN = 8;

function endingsText({ before, after }: TaskDiff): string {
  if (before === null) return `only in the second run: ${after?.status ?? ''}`;
  if (after === null) return `only in the first run: ${before.status}`;
  const parts = [arrow(before.status, after.status)];
  if (before.attempts !== after.attempts)
    parts.push(`attempts ${before.attempts} → ${after.attempts}`);
  parts.push(timesText(before.durationMs ?? undefined, after.durationMs ?? undefined));
  const [old, now] = [before.output, after.output].map((digest) =>
    digest === null ? 'none' : digest.slice(0, DIGEST_SHOWN),
  );
  parts.push(before.output === after.output ? 'same result' : `result ${old} → ${now}`);
  return parts.filter((part) => part !== '').join(', ');
}

const arrow = (before: string, after: string): string =>
  before === after ? before : `${before} → ${after}`;

function timesText(before: Milliseconds | undefined, after: Milliseconds | undefined): string {
  if (before === undefined && after === undefined) return '';
  const [old, now] = [before, after].map((ms) => (ms === undefined ? '-' : durationText(ms)));
  return `${old} → ${now}`;
}
