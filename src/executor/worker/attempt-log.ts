/** Log of one attempt. All output is written to its file immediately, so that a kill loses nothing. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger, pino } from 'pino';
import { nodeDisk } from '../../io/disk.ts';
import { Folders } from '../../io/folders.ts';
import { Fault } from '../../model/fault.ts';
import type { TaskName } from '../../model/ids.ts';
import type { Session } from '../ports/protocol.ts';
import type { TaskLog } from '../../registry/authoring/task-context.ts';
import type { RedactedStream, Redaction } from './redaction.ts';
import { createRequire } from 'node:module';
import { PRIVATE_FILE } from '../../lib/private-mode.ts';
import { logFile } from '../../model/log-file.ts';

/** Source of a chunk of output. Each source is redacted separately: a secret may be split over two chunks of one source. */
export type LogSource = 'stdout' | 'stderr';

/** Makes the folders of logs; as with results, nothing is written through a symbolic link. */
export const foldersFor = ({ logs }: Pick<Session, 'logs'>): Folders =>
  new Folders(logs.stateFolder, nodeDisk);

export interface LogPlace extends Pick<Session, 'logs' | 'run'> {
  readonly folders: Folders;
}

export class AttemptLog {
  readonly #file: () => string;
  readonly #folders: Folders;
  readonly #redaction: Redaction;
  readonly #heard: () => void;
  readonly #sources = new Map<LogSource, RedactedStream>();
  #fd: number | undefined;
  #logger: Logger | undefined;
  #isClosed = false;
  #failure: Fault | undefined;

  constructor(
    { logs, run, folders }: LogPlace,
    attempt: { readonly task: TaskName; readonly attempt: number; readonly element?: number },
    redaction: Redaction,
    /** Called for every chunk. */
    heard: () => void = () => undefined,
  ) {
    const { task, attempt: number, element } = attempt;
    this.#file = () => logFile(logs.stateFolder, run, task, number, element);
    this.#folders = folders;
    this.#redaction = redaction;
    this.#heard = heard;
  }

  /** The error that lost output of the attempt; `console.log` reports none. */
  get failure(): Fault | undefined {
    return this.#failure;
  }

  /** Throws when the disk refuses. */
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

  /** Throws nothing: what the disk refuses is the failure of the log. */
  close(): void {
    if (this.#isClosed) return;
    try {
      for (const stream of this.#sources.values()) this.#append(stream.end());
    } catch {
      // #append keeps the failure.
    }
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
    try {
      this.#fd ??= this.#open();
      writeAll(this.#fd, bytes);
    } catch (error) {
      throw (this.#failure ??= unwritten(error));
    }
  }

  /** Writes output that callbacks of the attempt print after its end. */
  #writeLate(bytes: Uint8Array): void {
    const stream = this.#redaction.stream();
    this.#appendLate(Buffer.concat([stream.write(bytes), stream.end()]));
  }

  #appendLate(bytes: Uint8Array): void {
    const fd = this.#open();
    try {
      writeAll(fd, bytes);
    } finally {
      closeSync(fd);
    }
  }

  #open(): number {
    const file = this.#file();
    this.#folders.ready(dirname(file));
    return openSync(file, APPEND, PRIVATE_FILE);
  }
}

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
/** Windows has no O_NOFOLLOW: there it is undefined, and counts as 0. */
const APPEND = O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW;

function unwritten(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Fault('DP8002', `the log of the attempt cannot be written: ${reason}`, { cause });
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let from = 0; from < bytes.byteLength;) from += writeSync(fd, bytes, from);
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
