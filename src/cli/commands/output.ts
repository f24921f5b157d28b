import { Fault } from '../../model/fault.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { ResultRef } from '../../model/result.ts';
import type { CommandContext } from '../console/context.ts';
import type { State } from '../../app/project/state.ts';
import { findRun, readRun } from '../../app/project/find-run.ts';
import { openForReading } from '../console/state.ts';
import { plain, readable } from '../text/value.ts';

/** The value itself: text and bytes as they are, anything else readable; with `--json` as JSON, streams as an array. */
export async function output(
  context: CommandContext,
  _options: object,
  word: string,
  task: string,
): Promise<ExitCode> {
  using state = openForReading(context);
  const run = readRun(state, findRun(state, word));
  const record = run.tasks.get(task);
  if (record === undefined)
    throw new Fault('DP2006', `no task "${task}" in run ${run.runId}`, {
      hint: `its tasks: ${[...run.tasks.keys()].slice(0, 20).join(', ')}`,
    });
  if (record.output === undefined)
    throw new Fault('DP2008', `task "${task}" gave no result: it is ${record.status}`);
  if (context.json) await writeJson(context, state, record.output);
  else await write(context, state, record.output);
  return EXIT.ok;
}

/** A stream is written item by item: it may be larger than memory. */
async function writeJson(
  { terminal }: CommandContext,
  { io }: State,
  ref: ResultRef,
): Promise<void> {
  if (ref.is !== 'stream') {
    terminal.out(`${JSON.stringify(plain(await io.load(ref)))}\n`);
    return;
  }
  let before = '[';
  for await (const item of io.loadStream(ref)) {
    await terminal.outAndDrain(`${before}${JSON.stringify(plain(item))}`);
    before = ',\n';
  }
  terminal.out(before === '[' ? '[]\n' : ']\n');
}

async function write({ terminal }: CommandContext, { io }: State, ref: ResultRef): Promise<void> {
  if (ref.is === 'stream') {
    for await (const item of io.loadStream(ref)) await terminal.outAndDrain(`${readable(item)}\n`);
    return;
  }
  const value = await io.load(ref);
  if (value instanceof Uint8Array) await terminal.outAndDrain(value);
  else if (typeof value === 'string') await terminal.outAndDrain(lineWhenWatched(value));
  else terminal.out(`${readable(value)}\n`);
}

/** A file or the next program is given the text to the byte; a prompt belongs on a line of its own. */
const lineWhenWatched = (text: string): string =>
  process.stdout.isTTY && !text.endsWith('\n') ? `${text}\n` : text;
