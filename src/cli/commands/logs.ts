import { createReadStream, existsSync } from 'node:fs';
import { didYouMean } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { TaskName } from '../../model/ids.ts';
import type { RunRecord } from '../../model/run.ts';
import type { CommandContext } from '../console/context.ts';
import { followLogs } from '../following/follow-logs.ts';
import { document } from '../../views/json.ts';
import { offsetOfLast } from '../following/log-lines.ts';
import { findRun, readRun } from '../../app/project/find-run.ts';
import { openForReading } from '../console/state.ts';
import { harmless } from '../console/terminal.ts';
import { requestOf } from '../../app/project/state.ts';
import { logFile } from '../../model/log-file.ts';

export interface LogsOptions {
  readonly attempt?: number;
  readonly follow?: boolean;
  readonly tail?: number;
}

interface LogSource {
  readonly task: TaskName;
  readonly element?: number;
  readonly attempt: number;
  readonly file: string;
}

/** Every attempt's file, in the order of tasks and attempts; piped, the bytes are passed on as they are. */
export async function logs(
  context: CommandContext,
  options: LogsOptions,
  word: string,
  task: string | undefined,
): Promise<ExitCode> {
  const { terminal, json } = context;
  using state = openForReading(context);
  const runId = findRun(state, word);
  const known = requestOf(state, runId).tasks.map(({ name }) => name);
  if (task !== undefined && !known.includes(task))
    throw new Fault('DP2006', `no task "${task}" in run ${runId}`, {
      hint: didYouMean(task, known) ?? `its tasks: ${known.slice(0, 20).join(', ')}`,
    });
  if (options.follow === true)
    return await followLogs(context, state, runId, {
      ...options,
      ...(task === undefined ? {} : { task }),
    });
  const run = readRun(state, runId);
  const sources = sourcesOf(run, state.folder).filter(
    (source) =>
      (task === undefined || source.task === task) &&
      (options.attempt === undefined || source.attempt === options.attempt) &&
      existsSync(source.file),
  );
  if (json) {
    const texts = await Promise.all(
      sources.map(async (source) => ({ ...source, text: await textOf(source.file, options.tail) })),
    );
    terminal.out(document({ runId, logs: texts }));
    return EXIT.ok;
  }
  for (const source of sources) {
    if (sources.length > 1) terminal.out(`${terminal.paint('bold', headOf(source))}\n`);
    terminal.out(harmlessWhenWatched(await textOf(source.file, options.tail)));
  }
  const child = task === undefined ? undefined : run.tasks.get(task)?.childRunId;
  if (child !== undefined) terminal.err(`${task} is a run of its own: dp logs ${child}\n`);
  else if (sources.length === 0) terminal.err(`${task ?? 'the run'} printed nothing\n`);
  return EXIT.ok;
}

function sourcesOf(run: RunRecord, folder: string): LogSource[] {
  return [...run.tasks].flatMap(([task, record]) => {
    const own = attempts(record.attempts).map((attempt) => ({
      task,
      attempt,
      file: logFile(folder, run.runId, task, attempt),
    }));
    const elements = (record.elements ?? []).flatMap(({ attempts: count }, element) =>
      attempts(count).map((attempt) => ({
        task,
        element,
        attempt,
        file: logFile(folder, run.runId, task, attempt, element),
      })),
    );
    return [...own, ...elements];
  });
}

const attempts = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => index + 1);

function headOf({ task, element, attempt }: LogSource): string {
  return `== ${task}${element === undefined ? '' : `[${element}]`}, attempt ${attempt}`;
}

async function textOf(file: string, tail: number | undefined): Promise<string> {
  const start = tail === undefined ? 0 : await offsetOfLast(tail, file);
  let text = '';
  for await (const chunk of createReadStream(file, { encoding: 'utf8', start }))
    text += chunk as string;
  return text;
}

const harmlessWhenWatched = (text: string): string =>
  process.stdout.isTTY ? harmless(text) : text;
