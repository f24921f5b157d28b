/** The only door to the terminal: documents to stdout, everything for the eye to stderr or stdout as the command says. */
import { once } from 'node:events';
import { styleText } from 'node:util';

export interface Terminal {
  /** Data and answers. */
  out(text: string): void;
  /** The same for what is large or endless: settles when the reader has room for more. */
  outAndDrain(data: string | Uint8Array): Promise<void>;
  /** Progress, logs and diagnostics. */
  err(text: string): void;
  /** Colours the text when its stream shows colours. */
  paint(style: Style, text: string): string;
  /** A person is watching stderr. */
  readonly isLive: boolean;
  readonly columns: number;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta';

export function openTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    // The reader has gone (`dp runs | head -1`): nothing is left to say, and nothing went wrong.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
      throw error;
    });
  }
  const { env, stdout, stderr } = process;
  // One answer for both streams: text goes to either, and a file must stay free of codes.
  const colours =
    stderr.isTTY && stdout.isTTY && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb';
  return {
    out: (text) => void process.stdout.write(text),
    outAndDrain: async (data) => {
      if (!process.stdout.write(data)) await once(process.stdout, 'drain');
    },
    err: (text) => void process.stderr.write(text),
    paint: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text),
    isLive:
      process.stderr.isTTY && process.env['TERM'] !== 'dumb' && process.env['CI'] === undefined,
    columns: process.stderr.columns ?? 80,
  };
}

/** Text from users' files and tasks, made harmless: control characters are shown, not obeyed. Keeps line breaks and tabs. */
export function harmless(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, (character) =>
    character === '\r' ? '' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
