/** Attributes callbacks, errors and output to attempts: timers, promises and sockets that a task leaves in a worker must not affect other attempts. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import { Fault } from '../../model/fault.ts';
import type { AttemptLog } from './attempt-log.ts';

/** The attempt that a callback, an error or a line of output comes from. */
export interface AttemptScope {
  readonly token: number;
  readonly log: AttemptLog;
  /** True once the attempt has answered; what it does afterwards is ignored. */
  isOver: boolean;
}

type Crash = (scope: AttemptScope | undefined, error: unknown) => void;

export class AttemptScopes {
  static #ofThread: AttemptScopes | undefined;
  readonly #scope = new AsyncLocalStorage<AttemptScope>();
  readonly #exit: typeof process.exit;
  #crash: Crash;

  /**
   * Returns the scopes of this thread, whichever run it serves now. `crash` receives each uncaught error that is
   * not of an attempt that is over; the thread then ends.
   */
  static inThread(crash: Crash): AttemptScopes {
    const scopes = (this.#ofThread ??= new AttemptScopes(crash));
    scopes.#crash = crash;
    return scopes;
  }

  private constructor(crash: Crash) {
    this.#crash = crash;
    this.#exit = process.exit.bind(process);
    const uncaught = (error: unknown): void => {
      const { current } = this;
      if (current?.isOver === true) {
        current.log.write(`after its end: ${inspect(error)}\n`, 'stderr');
        return;
      }
      this.#crash(current, error);
      this.#exit(1);
    };
    process.on('uncaughtException', uncaught);
    process.on('unhandledRejection', uncaught);
    process.exit = (code) => {
      if (this.current?.isOver === true)
        throw new Fault('DP6013', `process.exit(${code ?? ''}) by a task that has ended`);
      return this.#exit(code);
    };
  }

  /** The scope of the code that is running now. */
  get current(): AttemptScope | undefined {
    return this.#scope.getStore();
  }

  /** Runs `act`; everything that it starts belongs to `scope`. */
  run<T>(scope: AttemptScope, act: () => T): T {
    return this.#scope.run(scope, act);
  }
}
