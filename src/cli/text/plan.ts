/** A plan as text: level by level, what each task will do and why. */
import type { TaskWhy } from '../../model/difference.ts';
import type { TaskName } from '../../model/ids.ts';
import type { Plan, PlannedTask } from '../../model/plan.ts';
import { harmless, type Style, type Terminal } from '../terminal.ts';
import { whyLines } from './why.ts';

const SIGNS: Record<PlannedTask['decision']['action'], readonly [string, Style]> = {
  run: ['run   ', 'green'],
  cached: ['cached', 'cyan'],
  skip: ['skip  ', 'dim'],
};
/** Longer lists are cut; `--json` has all. */
const NEEDS_SHOWN = 6;

/** By task. */
export type Reasons = ReadonlyMap<TaskName, TaskWhy>;

/** With `reasons`, what differs stands under each task. */
export function planText(plan: Plan, terminal: Terminal, reasons?: Reasons): string {
  const counts = { run: 0, cached: 0, skip: 0 };
  for (const task of plan.tasks) counts[task.decision.action]++;
  let text = `${terminal.paint('bold', plan.pipeline)}  ${plan.tasks.length} tasks in ${plan.levels.length} levels: ${counts.run} to run, ${counts.cached} cached, ${counts.skip} to skip${shardText(plan)}\n`;
  text += `${terminal.paint('dim', `plan ${plan.planId.slice(0, 16)}`)}\n`;
  const width = Math.max(...plan.tasks.map((task) => task.name.length), 0);
  let level = -1;
  for (const task of plan.tasks) {
    if (task.level !== level) text += terminal.paint('dim', `level ${(level = task.level)}\n`);
    text += `  ${taskLine(task, width, terminal)}\n`;
    const why = reasons?.get(task.name);
    for (const line of why === undefined ? [] : whyLines(why)) text += `          ${line}\n`;
  }
  return text;
}

const shardText = ({ shard }: Plan): string =>
  shard === undefined ? '' : ` (shard ${shard.index}/${shard.count})`;

function taskLine(task: PlannedTask, width: number, terminal: Terminal): string {
  const [sign, style] = SIGNS[task.decision.action];
  const upstreams = [...new Set(task.dependsOn.map((edge) => edge.task))];
  const more = upstreams.length > NEEDS_SHOWN ? ` and ${upstreams.length - NEEDS_SHOWN} more` : '';
  const needs =
    upstreams.length === 0 ? '' : `  <- ${upstreams.slice(0, NEEDS_SHOWN).join(', ')}${more}`;
  const reason = terminal.paint('dim', harmless(task.decision.reason));
  return `${terminal.paint(style, sign)}  ${task.name.padEnd(width)}${needs}  ${reason}`;
}
