import { pipelineFiles } from '../../app/planning/load.ts';
import { didYouMean } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { isTaskName } from '../../model/ids.ts';
import type { Hook } from '../../model/task.ts';
import { hasEnded, type RunRecord, type TaskRecord, tookOf } from '../../model/run.ts';
import { readProject } from '../../app/planning/project.ts';
import type { CommandContext } from '../console/context.ts';
import { document, isoTime, runJson, taskDefinitionJson } from '../../views/json.ts';
import { writeOrPrint } from '../console/out-file.ts';
import { findRun, readRun } from '../../app/project/find-run.ts';
import { openForReading } from '../console/state.ts';
import { harmless, type Style, type Terminal } from '../console/terminal.ts';
import { errorText } from '../text/error.ts';
import { importedText } from '../text/imported.ts';
import { taskText } from '../text/task.ts';
import { durationText } from '../../views/amounts.ts';
import { countsText } from '../../views/run-words.ts';
import { taskReasonText } from '../../views/reasons.ts';

export interface ShowOptions {
  /** File of the page; `-` is standard output. */
  readonly html?: string;
}

/**
 * Shows a run for `last`, an id or the beginning of one; any other word names a task of the project's pipelines.
 * Ids that dp makes begin with a digit, and no task's name does.
 */
export async function show(
  context: CommandContext,
  { html }: ShowOptions,
  word = 'last',
): Promise<ExitCode> {
  if (html !== undefined) return writePage(context, html, word);
  const run = shownRun(context, word);
  if (run instanceof Fault) await showTask(context, word, run);
  else context.terminal.out(context.json ? document(runJson(run)) : runText(run, context.terminal));
  return EXIT.ok;
}

async function writePage(context: CommandContext, file: string, word: string): Promise<ExitCode> {
  const { reportOf } = await import('../html/report-of.ts');
  const { pageOf } = await import('../html/page.ts');
  using state = openForReading(context);
  const page = pageOf(await reportOf(state, findRun(state, word), Date.now()));
  writeOrPrint(context, file === '-' ? undefined : file, page);
  return EXIT.ok;
}

function shownRun(context: CommandContext, word: string): RunRecord | Fault {
  using state = openForReading(context);
  try {
    return readRun(state, findRun(state, word));
  } catch (error) {
    if (error instanceof Fault && error.code === 'DP2007' && isTaskName(word) && word !== 'last')
      return error;
    throw error;
  }
}

/** Throws a fault with the message of `noRun`, which says why the word names no run, when it names no task either. */
async function showTask(
  { terminal, caller, json }: CommandContext,
  word: string,
  noRun: Fault,
): Promise<void> {
  const { tasks } = await readProject(await pipelineFiles(caller), caller);
  const found = tasks.filter(({ name }) => name === word);
  if (found.length === 0)
    throw new Fault('DP2007', `${noRun.message}, and no task of that name in pipelines/`, {
      hint:
        didYouMean(
          word,
          tasks.map(({ name }) => name),
        ) ?? '`dp runs` lists the runs, `dp tasks` the tasks',
    });
  if (json) terminal.out(document({ tasks: found.map(taskDefinitionJson) }));
  else terminal.out(found.map((task) => taskText(task, terminal)).join('\n'));
}

const STYLES: Partial<Record<TaskRecord['status'], Style>> = {
  succeeded: 'green',
  cached: 'cyan',
  failed: 'red',
  timed_out: 'red',
  running: 'cyan',
  retrying: 'yellow',
};

function runText(run: RunRecord, terminal: Terminal): string {
  const tookMs = tookOf(run);
  const took = tookMs === undefined ? '' : ` in ${durationText(tookMs)}`;
  let text = `${terminal.paint('bold', `${run.pipeline} ${run.runId}`)}  ${run.status}${took}\n`;
  text += terminal.paint('dim', `${beginningText(run)}\n`);
  if (run.retryOf !== undefined) text += terminal.paint('dim', `retry of run ${run.retryOf}\n`);
  if (run.parent !== undefined)
    text += terminal.paint('dim', `child run of task ${run.parentTask} in run ${run.parent}\n`);
  if (run.imported !== undefined)
    text += terminal.paint('dim', `${importedText(run.imported)} at ${isoTime(run.imported.at)}\n`);
  if (run.error !== undefined) text += `${errorText(run.error)}\n`;
  const width = Math.max(...[...run.tasks.keys()].map((name) => name.length), 0);
  for (const [name, task] of run.tasks)
    text += `  ${taskLine(name.padEnd(width), task, terminal)}${childText(task, terminal)}${hookText(run.hooks.get(name), terminal)}\n`;
  return text;
}

function beginningText(run: RunRecord): string {
  const { queuedAt = 0, startedAt, startedBy, planId } = run;
  const by = startedBy?.by === 'trigger' ? `, by trigger ${startedBy.trigger}` : '';
  if (startedAt === null)
    return `queued ${isoTime(queuedAt)}${by}, ${hasEnded(run.status) ? 'never began' : 'has not begun'}`;
  return `began ${isoTime(startedAt)}${by}, plan ${planId.slice(0, 16)}, ${countsText(run)}`;
}

const childText = ({ childRunId }: TaskRecord, terminal: Terminal): string =>
  childRunId === undefined ? '' : terminal.paint('dim', `  run ${childRunId}`);

const hookText = (hook: Hook | undefined, terminal: Terminal): string =>
  hook === undefined ? '' : terminal.paint('dim', `  (${hook})`);

function taskLine(name: string, task: TaskRecord, terminal: Terminal): string {
  const { status, durationMs, attempts, error, wait } = task;
  const took = durationMs === undefined ? '' : durationText(durationMs);
  const tries = attempts > 1 ? `${attempts} attempts` : '';
  const awaited = status === 'running' && wait !== undefined ? `waits for ${wait.event}` : '';
  const why =
    error === undefined
      ? harmless(status === 'succeeded' ? '' : (taskReasonText(task) ?? awaited))
      : errorText(error);
  return `${terminal.paint(STYLES[status] ?? 'dim', status.padEnd(15))} ${name}  ${took.padEnd(9)} ${tries} ${why}`.trimEnd();
}
