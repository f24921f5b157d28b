/**
 * Thread supply: an environment and the code that a run may load come in, threads for the run go out.
 * Runs share threads as long as both agree, so that an edited module is seen by the next run and a run under way keeps
 * what it began with.
 */
import { digestOf } from '../../model/ids.ts';
import { Threads, type ThreadOptions } from './threads.ts';

/** The code that threads may have loaded, by the names of its parts: threads agree on a part when they have the same text for it. */
export type LoadedCode = ReadonlyMap<string, string | null>;

/** Environments whose threads are kept though no run uses them. */
const MOST_UNUSED = 3;

export class ThreadSupply {
  readonly #options: Omit<ThreadOptions, 'env'>;
  /** The threads for new runs, by environment; the last used is the last entry. */
  readonly #current = new Map<string, Supplied>();
  /** Threads with code that was edited since; runs that began before still use them. */
  readonly #outdated = new Set<Supplied>();
  /** Threads that are closing. */
  readonly #closing = new Set<Promise<void>>();

  constructor(options: Omit<ThreadOptions, 'env'>) {
    this.#options = options;
  }

  /** Starts a thread for a run that is still being planned. */
  begin(env: ThreadOptions['env']): void {
    void this.#supplied(env, new Map()).threads.begin();
  }

  /** Returns the threads for a run; the caller disposes of them when it has ended. */
  take(env: ThreadOptions['env'], code: LoadedCode): Supply {
    const supplied = this.#supplied(env, code);
    supplied.users++;
    return this.#supply(supplied);
  }

  /** Ends every thread, whether it is running an attempt or not. */
  async close(): Promise<void> {
    for (const supplied of [...this.#current.values(), ...this.#outdated]) this.#close(supplied);
    await Promise.all(this.#closing);
  }

  #supplied(env: ThreadOptions['env'], code: LoadedCode): Supplied {
    const key = keyOf(env);
    const kept = this.#current.get(key);
    this.#current.delete(key);
    const agrees = kept !== undefined && doAgree(kept.code, code);
    if (kept !== undefined && !agrees) this.#retire(kept);
    const supplied: Supplied = agrees
      ? kept
      : { key, threads: new Threads({ ...this.#options, env }), code: new Map(), users: 0 };
    for (const [part, text] of code) supplied.code.set(part, text);
    this.#current.set(key, supplied);
    this.#closeUnused();
    return supplied;
  }

  #supply(supplied: Supplied): Supply {
    const { key, threads } = supplied;
    return {
      threads,
      share: (env, code) => {
        if (keyOf(env) !== key || !doAgree(supplied.code, code)) return this.take(env, code);
        supplied.users++;
        return this.#supply(supplied);
      },
      [Symbol.dispose]: () => {
        supplied.users--;
        if (supplied.users === 0 && this.#outdated.delete(supplied)) this.#close(supplied);
        else this.#closeUnused();
      },
    };
  }

  #retire(supplied: Supplied): void {
    if (supplied.users === 0) this.#close(supplied);
    else this.#outdated.add(supplied);
  }

  /** The last that was used is never among them: a run may be about to take it. */
  #closeUnused(): void {
    const unused = [...this.#current].filter(([, { users }]) => users === 0);
    for (const [key, supplied] of unused.slice(0, -MOST_UNUSED)) {
      this.#current.delete(key);
      this.#close(supplied);
    }
  }

  #close({ threads }: Supplied): void {
    const closed = threads.close().finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }
}

/** The threads that one run uses. */
export interface Supply extends Disposable {
  readonly threads: Threads;
  /** Returns the same threads for a child run, where environment and code allow it: the child run uses the code that its parent began with. */
  share(env: ThreadOptions['env'], code: LoadedCode): Supply;
}

interface Supplied {
  readonly key: string;
  readonly threads: Threads;
  readonly code: Map<string, string | null>;
  /** Number of runs that use the threads. */
  users: number;
}

const keyOf = (env: ThreadOptions['env']): string =>
  digestOf(
    Object.entries(env)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flat(),
  );

function doAgree(known: LoadedCode, code: LoadedCode): boolean {
  for (const [part, text] of code) if (known.has(part) && known.get(part) !== text) return false;
  return true;
}
