/** The only way to the terminal: documents go to stdout, text for people to stderr or stdout as the command says. */
import { once } from 'node:events';
import { styleText } from 'node:util';
import { Fault } from '../../model/fault.ts';

export interface Terminal {
  /** Prints data and answers to stdout. */
  out(text: string): void;
  /** Prints what is large or endless: settles when the reader has room for more, and throws ReaderGone when it has left. */
  outAndDrain(data: string | Uint8Array): Promise<void>;
  /** Prints progress, logs and diagnostics to stderr. */
  err(text: string): void;
  /** Colours the text when its stream shows colours. */
  paint(style: Style, text: string): string;
  /** A person is watching stderr. */
  readonly isLive: boolean;
  /** Size of stderr as it is now: a person may change it. */
  readonly columns: number;
  readonly rows: number;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta';

/** Standard output takes nothing more, mostly because nobody reads it (`dp events last | head -1`). The command has nothing left to do. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

/** `refused` is called once for each stream that takes nothing more (a full disk). Running work continues without it. */
export function openTerminal(refused: (fault: Fault) => void): Terminal {
  const gone = new Set<NodeJS.WriteStream>();
  for (const stream of [process.stdout, process.stderr]) {
    // A run continues without a reader; commands that only print end by themselves.
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
  // Both streams are decided together: text goes to either, and a file must stay free of colour codes.
  const colours =
    stderr.isTTY && stdout.isTTY && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb';
  return {
    out: (text) => void write(stdout, text),
    outAndDrain: async (data) => {
      // The listener above has been told why the stream takes nothing more.
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

/** Tells whether the reader has left: a pipe was closed (EPIPE), or a terminal (EIO). */
function hasLeft(stream: NodeJS.WriteStream, { code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || (code === 'EIO' && stream.isTTY);
}

function cannotWrite(cause: Error): Fault {
  return new Fault('DP8002', `the output cannot be written: ${cause.message}`, { cause });
}

/** Returns text of a task for standard output: harmless on a terminal, and unchanged for a file or a program. */
export const watchedText = (text: string): string => (process.stdout.isTTY ? harmless(text) : text);

/** Returns text of a task that nobody asked dp to print. */
export const reportedText = (text: string): string => withoutWorkflowCommands(watchedText(text));

/** Escapes the beginnings of commands in the log of a CI job, which the service would obey, with a backslash. */
function withoutWorkflowCommands(text: string): string {
  if (!OBEYING_SERVICES.some((name) => (process.env[name] ?? '') !== '')) return text;
  return text
    .replaceAll(/^([^\S\r\n]*)::(?=\S)/gm, '$1\\::')
    .replaceAll(/##(?=(?:vso|teamcity)?\[)/g, '##\\');
}

/** The variables by which CI services that obey commands in logs are recognized: GitHub Actions, Azure Pipelines, TeamCity. */
const OBEYING_SERVICES = ['GITHUB_ACTIONS', 'TF_BUILD', 'TEAMCITY_VERSION'];

/** Escapes characters that terminals obey like ESC and another one. JSON that contains them stays JSON. */
const withoutC1 = (text: string): string =>
  text.replaceAll(
    /[\u0080-\u009F]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Makes text from users' files and tasks harmless: control characters are shown, not obeyed. Keeps line breaks and tabs. */
export function harmless(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, (character) =>
    character === '\r' ? '' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
