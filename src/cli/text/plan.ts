/** A plan as text: level by level, what is decided for each task and why. */
import type { TaskWhy } from '../../model/difference.ts';
import type { TaskName } from '../../model/ids.ts';
import type { Plan, PlannedTask } from '../../model/plan.ts';
import { reasonText } from '../../views/reasons.ts';
import { harmless, type Style, type Terminal } from '../console/terminal.ts';
import { whyLines } from './why.ts';

const SIGNS: Record<PlannedTask['decision']['action'], readonly [string, Style]> = {
  run: ['run   ', 'green'],
  cached: ['cached', 'cyan'],
  skip: ['skip  ', 'dim'],
};
/** Upstream tasks shown; `--json` has all. */
const NEEDS_SHOWN = 6;

/** Reasons by task. */
export type Reasons = ReadonlyMap<TaskName, TaskWhy>;

/** Shows the differences after each task when `reasons` is given. */
export function planText(plan: Plan, terminal: Terminal, reasons?: Reasons): string {
  const counts = { run: 0, cached: 0, skip: 0 };
  const tasks = plan.tasks.filter((task) => task.hook === undefined);
  for (const task of tasks) counts[task.decision.action]++;
  const levels = tasks.length === 0 ? 0 : tasks.at(-1)!.level + 1;
  let text = `${terminal.paint('bold', plan.pipeline)}  ${tasks.length} tasks in ${levels} levels: ${counts.run} to run, ${counts.cached} cached, ${counts.skip} to skip${hooksText(plan, tasks)}${shardText(plan)}\n`;
  text += `${terminal.paint('dim', `plan ${plan.planId.slice(0, 16)}`)}\n`;
  const width = Math.max(...plan.tasks.map((task) => task.name.length), 0);
  let heading = '';
  for (const task of plan.tasks) {
    const group = task.hook ?? `level ${task.level}`;
    if (group !== heading) text += terminal.paint('dim', `${(heading = group)}\n`);
    text += `  ${taskLine(task, width, terminal)}\n`;
    const why = reasons?.get(task.name);
    for (const line of why === undefined ? [] : whyLines(why)) text += `          ${line}\n`;
  }
  return text;
}

function hooksText({ tasks }: Plan, ordinary: Plan['tasks']): string {
  const hooks = tasks.length - ordinary.length;
  return hooks === 0 ? '' : `, and ${hooks} ${hooks === 1 ? 'hook' : 'hooks'}`;
}

const shardText = ({ shard }: Plan): string =>
  shard === undefined ? '' : ` (shard ${shard.index}/${shard.count})`;

function taskLine(task: PlannedTask, width: number, terminal: Terminal): string {
  const [sign, style] = SIGNS[task.decision.action];
  const upstreams = [...new Set(task.dependsOn.map((edge) => edge.task))];
  const more = upstreams.length > NEEDS_SHOWN ? ` and ${upstreams.length - NEEDS_SHOWN} more` : '';
  const needs =
    upstreams.length === 0 ? '' : `  <- ${upstreams.slice(0, NEEDS_SHOWN).join(', ')}${more}`;
  const reason = terminal.paint('dim', workText(task) + harmless(reasonText(task.decision.reason)));
  return `${terminal.paint(style, sign)}  ${task.name.padEnd(width)}${needs}  ${reason}`;
}

function workText({ work }: PlannedTask): string {
  if (work.is === 'pipeline') return `pipeline ${work.pipeline}: `;
  return work.is === 'wait' ? `waits for ${harmless(work.event)}: ` : '';
}
