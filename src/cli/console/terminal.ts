/** The only door to the terminal: documents to stdout, everything for the eye to stderr or stdout as the command says. */
import { once } from 'node:events';
import { styleText } from 'node:util';
import { Fault } from '../../model/fault.ts';

export interface Terminal {
  /** Data and answers. */
  out(text: string): void;
  /** The same for what is large or endless: settles when the reader has room for more, and throws ReaderGone when it has left. */
  outAndDrain(data: string | Uint8Array): Promise<void>;
  /** Progress, logs and diagnostics. */
  err(text: string): void;
  /** Colours the text when its stream shows colours. */
  paint(style: Style, text: string): string;
  /** A person is watching stderr. */
  readonly isLive: boolean;
  /** Width of stderr as it is now: a person may change it. */
  readonly columns: number;
  readonly rows: number;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta';

/** Standard output takes nothing more, mostly as nobody reads it (`dp events last | head -1`): nothing is left to do. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

/** `refused` hears, once for each stream, that it took nothing more (a full disk); what is under way goes on without it. */
export function openTerminal(refused: (fault: Fault) => void): Terminal {
  const gone = new Set<NodeJS.WriteStream>();
  for (const stream of [process.stdout, process.stderr]) {
    // A run goes on without an audience; commands that only show end by themselves.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (gone.has(stream)) return;
      gone.add(stream);
      if (!hasLeft(stream, error)) refused(cannotWrite(error));
    });
  }
  const write = (stream: NodeJS.WriteStream, data: string | Uint8Array): boolean => {
    if (gone.has(stream) || data.length === 0) return true;
    return stream.write(stream.isTTY && typeof data === 'string' ? withoutC1(data) : data);
  };
  const { env, stdout, stderr } = process;
  // One answer for both streams: text goes to either, and a file must stay free of codes.
  const colours =
    stderr.isTTY && stdout.isTTY && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb';
  return {
    out: (text) => void write(stdout, text),
    outAndDrain: async (data) => {
      // Why it takes nothing more was heard above.
      if (!write(stdout, data)) await once(stdout, 'drain').catch(() => undefined);
      if (gone.has(stdout)) throw new ReaderGone();
    },
    err: (text) => void write(stderr, withoutWorkflowCommands(text)),
    paint: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text),
    isLive:
      process.stderr.isTTY && process.env['TERM'] !== 'dumb' && process.env['CI'] === undefined,
    // A terminal that does not know its size says 0.
    get columns() {
      return process.stderr.columns || 80;
    },
    get rows() {
      return process.stderr.rows || 24;
    },
  };
}

/** Whoever read is not there any more: the end of the pipe, or a terminal that was closed, which answers with EIO. */
function hasLeft(stream: NodeJS.WriteStream, { code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || (code === 'EIO' && stream.isTTY);
}

function cannotWrite(cause: Error): Fault {
  return new Fault('DP8002', `the output cannot be written: ${cause.message}`, { cause });
}

/** Text of a task for standard output: harmless where a person watches, and to the byte for a file or a program. */
export const watchedText = (text: string): string => (process.stdout.isTTY ? harmless(text) : text);

/** Text of a task that is printed unasked. */
export const reportedText = (text: string): string => withoutWorkflowCommands(watchedText(text));

/** Text for the log of a CI job, whose service would obey commands in it: their beginnings are shown with a backslash. */
function withoutWorkflowCommands(text: string): string {
  if (!OBEYING_SERVICES.some((name) => (process.env[name] ?? '') !== '')) return text;
  return text
    .replaceAll(/^([^\S\r\n]*)::(?=\S)/gm, '$1\\::')
    .replaceAll(/##(?=(?:vso|teamcity)?\[)/g, '##\\');
}

/** A variable for each CI service that reads commands in logs: GitHub Actions, Azure Pipelines, TeamCity. */
const OBEYING_SERVICES = ['GITHUB_ACTIONS', 'TF_BUILD', 'TEAMCITY_VERSION'];

/** Terminals obey these characters like ESC and another one. JSON that holds them stays JSON. */
const withoutC1 = (text: string): string =>
  text.replaceAll(
    /[\u0080-\u009F]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Text from users' files and tasks, made harmless: control characters are shown, not obeyed. Keeps line breaks and tabs. */
export function harmless(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, (character) =>
    character === '\r' ? '' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
