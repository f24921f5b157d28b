import type { ThreadQueueEnd } from '../../src/events/queues/thread-queue.ts';

/** What a member of a torture is to do. */
export interface MemberTask {
  readonly role: 'producer' | 'consumer';
  readonly seed: number;
  /** File for the values that were acknowledged or taken. */
  readonly file: string;
  /** A producer puts the numbers from `first` to `last`. */
  readonly from: number;
  readonly first: number;
  readonly last: number;
  /** Number of values after which the member asks to be killed. It works on until that happens, somewhere. */
  readonly lifespan: number;
  /** The end for a member on a thread. A process has it at `PIPE`. */
  readonly end?: ThreadQueueEnd;
}

/** Place of the pipe in the stdio of a process. */
export const PIPE = 4;
