/** What tasks leave behind in a thread (timers, promises, sockets), and whose it is: it must hurt nobody else. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import type { AttemptLog } from './attempt-log.ts';

/** The attempt that a callback, an error or a line of output comes from. */
export interface Origin {
  readonly token: number;
  readonly log: AttemptLog;
  /** It has answered: nothing it does counts any more. */
  isOver: boolean;
}

export class Strays {
  readonly #origin = new AsyncLocalStorage<Origin>();
  readonly #exit: typeof process.exit;

  /** `crash` hears of an error that nobody caught and that is not of an attempt that is over; the thread then ends. */
  constructor(crash: (origin: Origin | undefined, error: unknown) => void) {
    this.#exit = process.exit.bind(process);
    const uncaught = (error: unknown): void => {
      const { current } = this;
      if (current?.isOver === true) {
        current.log.write(`after its end: ${inspect(error)}\n`, 'stderr');
        return;
      }
      crash(current, error);
      this.#exit(1);
    };
    process.on('uncaughtException', uncaught);
    process.on('unhandledRejection', uncaught);
    process.exit = (code) => {
      if (this.current?.isOver === true)
        throw new Error(`process.exit(${code ?? ''}) by a task that has ended`);
      return this.#exit(code);
    };
  }

  /** Of the code that is running now. */
  get current(): Origin | undefined {
    return this.#origin.getStore();
  }

  /** Everything that `act` sets going belongs to `origin`. */
  run<T>(origin: Origin, act: () => T): T {
    return this.#origin.run(origin, act);
  }
}
