/** The log of a process that runs for long: a line of JSON for each entry, or a line to read where a person watches. */
import type { Style, Terminal } from './terminal.ts';

export type LogLevel = 'info' | 'warn' | 'error';

export interface LogEntry {
  readonly level: LogLevel;
  readonly text: string;
  /** Facts for programs; the text names those that a person needs. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

export type Log = (entry: LogEntry) => void;

const STYLES: Readonly<Record<LogLevel, Style>> = { info: 'dim', warn: 'yellow', error: 'red' };

/** Opens the log on stderr. `asJson` also where a person watches. */
export async function openLog(terminal: Terminal, asJson: boolean): Promise<Log> {
  if (terminal.isLive && !asJson)
    return ({ level, text }) => {
      const time = terminal.paint('dim', new Date().toISOString().slice(11, 23));
      terminal.err(`${time} ${terminal.paint(STYLES[level], level.padEnd(5))} ${text}\n`);
    };
  const { pino } = await import('pino');
  const options = {
    formatters: { level: (level: string) => ({ level }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  const logger = pino(options, { write: (line: string) => terminal.err(line) });
  return ({ level, text, facts = {} }) => logger[level](facts, text);
}
