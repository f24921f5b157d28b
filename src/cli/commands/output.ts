import { Fault } from '../../model/fault.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { ResultRef } from '../../model/result.ts';
import type { CommandContext } from '../console/context.ts';
import type { State } from '../../app/project/state.ts';
import { findResult } from '../../app/project/find-result.ts';
import { openForReading } from '../console/state.ts';
import { watchedText } from '../console/terminal.ts';
import { jsonPieces } from '../../views/json-pieces.ts';
import { plain, readable } from '../../views/values.ts';

/** Prints a stored value: text and bytes unchanged, anything else readable; with `--json` as JSON, a stream as an array. */
export async function output(
  context: CommandContext,
  _options: object,
  word: string,
  task: string,
): Promise<ExitCode> {
  using state = openForReading(context);
  const ref = findResult(state, word, task);
  await (context.json ? writeJson(context, state, ref) : write(context, state, ref));
  return EXIT.ok;
}

/** Writes a stream item by item, and a value in pieces, as either may be larger than memory. */
async function writeJson(
  { terminal }: CommandContext,
  { io }: State,
  ref: ResultRef,
): Promise<void> {
  const writeValue = async (value: unknown): Promise<void> => {
    for (const piece of jsonPieces(plainOf(value))) await terminal.outAndDrain(piece);
  };
  if (ref.is !== 'stream') {
    await writeValue(await io.load(ref));
    terminal.out('\n');
    return;
  }
  let before = '[';
  for await (const item of io.loadStream(ref)) {
    await terminal.outAndDrain(before);
    await writeValue(item);
    before = ',\n';
  }
  terminal.out(before === '[' ? '[]\n' : ']\n');
}

/** Throws DP2001 for a value that JSON cannot express, and for bytes that are too many for a text. */
function plainOf(value: unknown): unknown {
  const hint = 'leave out --json to see it';
  try {
    return plain(value);
  } catch (error) {
    if (error instanceof Fault) throw new Fault(error.code, error.message, { hint });
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_STRING_TOO_LONG') throw error;
    throw new Fault('DP2001', `the value is too long for JSON: ${message}`, { hint, cause: error });
  }
}

async function write({ terminal }: CommandContext, { io }: State, ref: ResultRef): Promise<void> {
  if (ref.is === 'stream') {
    for await (const item of io.loadStream(ref))
      await terminal.outAndDrain(`${watchedText(readable(item))}\n`);
    return;
  }
  const value = await io.load(ref);
  if (value instanceof Uint8Array) await terminal.outAndDrain(bytesForReader(value));
  else if (typeof value === 'string') await terminal.outAndDrain(lineOnTerminal(value));
  else terminal.out(`${readable(value)}\n`);
}

/** Ends the text with a line break on a terminal, for the prompt that follows; a file or pipe gets its exact bytes. */
const lineOnTerminal = (text: string): string =>
  process.stdout.isTTY && !text.endsWith('\n') ? `${watchedText(text)}\n` : watchedText(text);

const bytesForReader = (bytes: Uint8Array): string | Uint8Array =>
  process.stdout.isTTY ? lineOnTerminal(new TextDecoder().decode(bytes)) : bytes;
