/** Log of one attempt. All output is written to its file immediately, so that a kill loses nothing. */
import { appendFileSync, closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger, pino } from 'pino';
import type { TaskName } from '../../model/ids.ts';
import type { Session } from '../ports/protocol.ts';
import type { TaskLog } from '../../registry/authoring/task-context.ts';
import type { RedactedStream, Redaction } from './redaction.ts';
import { createRequire } from 'node:module';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../../lib/private-mode.ts';
import { logFile } from '../../model/log-file.ts';

/** Source of a chunk of output. Each source is redacted separately: a secret may be split over two chunks of one source. */
export type LogSource = 'stdout' | 'stderr';

export class AttemptLog {
  readonly #file: string;
  readonly #redaction: Redaction;
  readonly #heard: () => void;
  readonly #sources = new Map<LogSource, RedactedStream>();
  #fd: number | undefined;
  #logger: Logger | undefined;
  #isClosed = false;

  constructor(
    { logs, run }: Pick<Session, 'logs' | 'run'>,
    attempt: { readonly task: TaskName; readonly attempt: number; readonly element?: number },
    redaction: Redaction,
    /** Called for every chunk. */
    heard: () => void = () => undefined,
  ) {
    const { task, attempt: number, element } = attempt;
    this.#file = logFile(logs.stateFolder, run, task, number, element);
    this.#redaction = redaction;
    this.#heard = heard;
  }

  write(piece: string | Uint8Array, source: LogSource): void {
    this.#heard();
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    if (this.#isClosed) {
      this.#writeLate(bytes);
      return;
    }
    let stream = this.#sources.get(source);
    if (stream === undefined) this.#sources.set(source, (stream = this.#redaction.stream()));
    this.#append(stream.write(bytes));
  }

  get logger(): TaskLog {
    if (this.#logger === undefined) {
      this.#logger = loadPino()(
        { base: null, level: 'trace' },
        { write: (line: string) => this.#writeLine(line) },
      );
    }
    return this.#logger;
  }

  close(): void {
    if (this.#isClosed) return;
    for (const stream of this.#sources.values()) this.#append(stream.end());
    this.#isClosed = true;
    if (this.#fd !== undefined) closeSync(this.#fd);
  }

  /** Writes a complete line of JSON. */
  #writeLine(line: string): void {
    this.#heard();
    const bytes = Buffer.from(this.#redaction.jsonLine(line));
    if (this.#isClosed) this.#appendLate(bytes);
    else this.#append(bytes);
  }

  /** Creates the file with the first byte, as most tasks print nothing. */
  #append(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    if (this.#fd === undefined) {
      this.#makeFolder();
      this.#fd = openSync(this.#file, 'a', PRIVATE_FILE);
    }
    for (let from = 0; from < bytes.byteLength;) from += writeSync(this.#fd, bytes, from);
  }

  /** Writes output that callbacks of the attempt print after its end. */
  #writeLate(bytes: Uint8Array): void {
    const stream = this.#redaction.stream();
    this.#appendLate(Buffer.concat([stream.write(bytes), stream.end()]));
  }

  #appendLate(bytes: Uint8Array): void {
    this.#makeFolder();
    appendFileSync(this.#file, bytes, { mode: PRIVATE_FILE });
  }

  #makeFolder(): void {
    mkdirSync(dirname(this.#file), { recursive: true, mode: PRIVATE_FOLDER });
  }
}

/** Sends this thread's stdout and stderr to `write`, console included. */
export function captureOutput(write: (piece: Uint8Array, source: LogSource) => void): void {
  for (const source of ['stdout', 'stderr'] as const) {
    process[source].write = (
      chunk: string | Uint8Array,
      encodingOrDone?: BufferEncoding | Written,
      done?: Written,
    ): boolean => {
      const encoding = typeof encodingOrDone === 'string' ? encodingOrDone : 'utf8';
      write(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk, source);
      const written = typeof encodingOrDone === 'function' ? encodingOrDone : done;
      if (written !== undefined) queueMicrotask(written);
      return true;
    };
  }
}

type Written = (error?: Error | null) => void;

/** Loads Pino when a task first logs: loading takes longer than most tasks. It is synchronous, as `ctx.log` is. The bundler replaces createRequire by `require`. */
function loadPino(): typeof pino {
  return (createRequire(import.meta.url)('pino') as { pino: typeof pino }).pino;
}
