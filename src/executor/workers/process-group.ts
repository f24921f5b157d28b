/** A program in a process group of its own: what it starts ends with it, and a signal reaches all of it. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { existsSync } from 'node:fs';

export interface Program {
  readonly command: string;
  /** The name that the program is told it has; absent: the command. */
  readonly argv0?: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdio: SpawnOptions['stdio'];
}

/** The end of a group's leader. */
export type GroupEnding =
  | { readonly is: 'exited'; readonly exitCode: number }
  | { readonly is: 'signalled'; readonly signal: NodeJS.Signals }
  | { readonly is: 'not_started'; readonly why: string; readonly code?: string };

/** Output that is still in the pipes when the leader has ended is read at once; only a process that left the group takes longer. */
const PIPES_CLOSE_MS = 500;

export class ProcessGroup {
  /** The process that the others descend from; undefined when it could not be started. */
  readonly leader: ChildProcess | undefined;
  /** Settles when the leader has ended, its group is killed and its pipes are read. Never rejects. */
  readonly ended: Promise<GroupEnding>;

  constructor({ command, args, ...options }: Program) {
    try {
      const child = spawn(command, args, { ...options, detached: true });
      this.leader = child.pid === undefined ? undefined : child;
      this.ended = this.#endOf(child, options.cwd);
    } catch (error) {
      this.ended = Promise.resolve(notStarted(error as NodeJS.ErrnoException, options.cwd));
    }
  }

  /** The number of the group; undefined when nothing was started. */
  get id(): number | undefined {
    return this.leader?.pid;
  }

  /** Sends SIGTERM to the group, which may ignore it. */
  terminate(): void {
    this.#signal('SIGTERM');
  }

  kill(): void {
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.id !== undefined) signalGroup(this.id, signal);
  }

  #endOf(child: ChildProcess, cwd: string): Promise<GroupEnding> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      child.on('error', (error) => {
        if (child.pid === undefined) resolve(notStarted(error, cwd));
      });
      child.once('exit', () => {
        // Processes that the leader left running would outlive it unseen, and hold its pipes open.
        this.kill();
        timer = setTimeout(() => {
          for (const stream of child.stdio) stream?.destroy();
        }, PIPES_CLOSE_MS);
      });
      child.once('close', (exitCode, signal) => {
        clearTimeout(timer);
        resolve(
          signal === null
            ? { is: 'exited', exitCode: exitCode ?? -1 }
            : { is: 'signalled', signal },
        );
      });
    });
  }
}

/** A group that is gone already is what was wanted (a Mac says EPERM while its dead processes are not waited for). */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function notStarted(error: NodeJS.ErrnoException, cwd: string): GroupEnding {
  const { code } = error;
  // Node reports a missing folder as a missing program.
  const isFolderMissing = code === 'ENOENT' && !existsSync(cwd);
  const why = isFolderMissing ? `there is no folder ${cwd}` : error.message;
  return { is: 'not_started', why, ...(code === undefined ? {} : { code }) };
}
