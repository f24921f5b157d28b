/** What one attempt prints and logs, kept in its file line by line as it comes, so that a kill loses nothing. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import type { RunId, TaskName } from '../model/ids.ts';
import type { TaskLog } from '../registry/task-context.ts';
import { loadPino } from './load-pino.ts';

/** `.dp/runs/RUN/logs/TASK.ATTEMPT.log`, with the element's number in between for mapped tasks. */
export function logFile(
  stateFolder: string,
  run: RunId,
  task: TaskName,
  attempt: number,
  element?: number,
): string {
  const name =
    element === undefined ? `${task}.${attempt}.log` : `${task}.${element}.${attempt}.log`;
  return join(stateFolder, 'runs', run, 'logs', name);
}

export class AttemptLog {
  readonly #file: string;
  #fd: number | undefined;
  #logger: Logger | undefined;
  #closed = false;

  constructor(
    session: { readonly stateFolder: string; readonly run: RunId },
    attempt: { readonly task: TaskName; readonly attempt: number; readonly element?: number },
  ) {
    this.#file = logFile(
      session.stateFolder,
      session.run,
      attempt.task,
      attempt.attempt,
      attempt.element,
    );
  }

  /** The file is made with the first line: most tasks print nothing. */
  write(text: string | Uint8Array): void {
    if (this.#closed) return;
    if (this.#fd === undefined) {
      mkdirSync(dirname(this.#file), { recursive: true });
      this.#fd = openSync(this.#file, 'a', 0o600);
    }
    if (typeof text === 'string') writeSync(this.#fd, text);
    else writeSync(this.#fd, text);
  }

  get logger(): TaskLog {
    if (this.#logger === undefined) {
      this.#logger = loadPino()(
        { base: null, level: 'trace' },
        { write: (line: string) => this.write(line) },
      );
    }
    return this.#logger;
  }

  close(): void {
    this.#closed = true;
    if (this.#fd !== undefined) closeSync(this.#fd);
  }
}

/** Sends this thread's stdout and stderr to `write`, console included. */
export function captureOutput(write: (text: string | Uint8Array) => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = (
      chunk: string | Uint8Array,
      encodingOrDone?: BufferEncoding | Written,
      done?: Written,
    ): boolean => {
      const encoding = typeof encodingOrDone === 'string' ? encodingOrDone : 'utf8';
      write(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
      const written = typeof encodingOrDone === 'function' ? encodingOrDone : done;
      if (written !== undefined) queueMicrotask(written);
      return true;
    };
  }
}

type Written = (error?: Error | null) => void;
