import { createReadStream } from 'node:fs';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { CommandContext } from '../console/context.ts';
import { followLogs } from '../following/follow-logs.ts';
import { document } from '../../views/json.ts';
import { offsetOfLast } from '../following/log-lines.ts';
import { findRun, readRun } from '../../app/project/find-run.ts';
import { openForReading } from '../console/state.ts';
import { watchedText } from '../console/terminal.ts';
import { logSources, refuseUnknownTask, type AttemptLogFile } from '../../app/project/logs.ts';

export interface LogsOptions {
  readonly attempt?: number;
  readonly follow?: boolean;
  readonly tail?: number;
}

/** Prints the log of every attempt, in the order of tasks and attempts. A pipe gets the bytes unchanged. */
export async function logs(
  context: CommandContext,
  options: LogsOptions,
  word: string,
  task: string | undefined,
): Promise<ExitCode> {
  const { terminal, json } = context;
  using state = openForReading(context);
  const runId = findRun(state, word);
  if (task !== undefined) refuseUnknownTask(state, runId, task);
  const selection = task === undefined ? options : { ...options, task };
  if (options.follow === true) return await followLogs(context, state, runId, selection);
  const run = readRun(state, runId);
  const sources = await logSources(run, state.folder, selection);
  if (json) {
    const texts = await Promise.all(
      sources.map(async (source) => ({ ...source, text: await textOf(source.file, options.tail) })),
    );
    terminal.out(document({ runId, logs: texts }));
    return EXIT.ok;
  }
  for (const source of sources) {
    if (sources.length > 1) terminal.out(`${terminal.paint('bold', headOf(source))}\n`);
    terminal.out(watchedText(await textOf(source.file, options.tail)));
  }
  const child = task === undefined ? undefined : run.tasks.get(task)?.childRunId;
  if (child !== undefined) terminal.err(`${task} is a run of its own: dp logs ${child}\n`);
  else if (sources.length === 0) terminal.err(`${task ?? 'the run'} printed nothing\n`);
  return EXIT.ok;
}

function headOf({ task, element, attempt }: AttemptLogFile): string {
  return `== ${task}${element === undefined ? '' : `[${element}]`}, attempt ${attempt}`;
}

async function textOf(file: string, tail: number | undefined): Promise<string> {
  const start = tail === undefined ? 0 : await offsetOfLast(tail, file);
  let text = '';
  for await (const chunk of createReadStream(file, { encoding: 'utf8', start }))
    text += chunk as string;
  return text;
}
