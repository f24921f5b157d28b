/** The child processes that the code of this worker starts: they are to end with the attempt that started them. */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import type { Milliseconds } from '../../model/ids.ts';

/** A child that has just closed its output may take this long until it is gone. */
const ENDING_MS: Milliseconds = 100;

type Hear = (message: {
  readonly is: 'child_started' | 'child_ended';
  readonly pid: number;
}) => void;

/** Node's own method; it is not in its types. */
type Spawning = ChildProcess & {
  spawn(options: { readonly detached?: boolean }): unknown;
};

export class StartedChildren {
  readonly #running = new Set<ChildProcess>();
  #hear: Hear = () => undefined;
  #isWatching = false;

  constructor() {
    // The module itself is loaded by whoever first starts a child.
    subscribe('child_process', (message) => {
      if (!this.#isWatching) this.#watch((message as { process: Spawning }).process);
      this.#isWatching = true;
    });
  }

  /** Registers `hear`, which is called for each child from now on. */
  tell(hear: Hear): void {
    this.#hear = hear;
  }

  /** Waits for the children to end, and returns the ids of those that are still running. */
  async left(): Promise<readonly number[]> {
    if (this.#running.size > 0) await this.#ended();
    return [...this.#running].flatMap(({ pid }) => pid ?? []);
  }

  /** Watches children, except detached ones, which are meant to outlive the attempt. */
  #watch(first: Spawning): void {
    const prototype = Object.getPrototypeOf(first) as Spawning;
    // It is called on each child below.
    // oxlint-disable-next-line typescript/unbound-method
    const { spawn } = prototype;
    const started = (child: ChildProcess): void => this.#started(child);
    prototype.spawn = function (this: Spawning, options) {
      const result = spawn.call(this, options);
      if (options.detached !== true) started(this);
      return result;
    };
  }

  #started(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#running.add(child);
    this.#hear({ is: 'child_started', pid });
    child.once('exit', () => {
      this.#running.delete(child);
      this.#hear({ is: 'child_ended', pid });
    });
  }

  async #ended(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ENDING_MS);
    const look = (): void => {
      if (this.#running.size === 0) resolve();
    };
    for (const child of this.#running) child.once('exit', look);
    await promise;
    clearTimeout(timer);
  }
}
