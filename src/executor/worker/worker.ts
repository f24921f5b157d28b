/**
 * Worker thread: assignments come in over a port, outcomes go out over it; results go to the IoManager directly.
 * It never decides whether anything is tried again, and never writes to the terminal.
 */
import type { MessagePort } from 'node:worker_threads';
import { AttemptRunner, type WorkerState } from './attempt.ts';
import { Environment } from './environment.ts';
import { Intrinsics } from './intrinsics.ts';
import { Observer } from './observer.ts';
import { StartedChildren } from './started-children.ts';
import {
  claimedBy,
  type ClaimedAssignment,
  type FromWorker,
  type Session,
  type ToThread,
} from '../ports/protocol.ts';
import { Pulse } from '../ports/pulse.ts';

export interface ServeTask {
  readonly session: Session;
  readonly port: MessagePort;
  readonly claims: Int32Array;
  readonly pulse: BigInt64Array;
}

const worker: WorkerState = {
  environment: new Environment(),
  // It replaces functions that the intrinsics then keep.
  observer: new Observer(),
  intrinsics: new Intrinsics(),
  children: new StartedChildren(),
};

/** Serves one run until told to end: one assignment after another, in the order in which they came. The thread may then serve another run. */
export async function serve({ session, port, claims, pulse }: ServeTask): Promise<void> {
  const tell = (message: FromWorker): void => port.postMessage(message);
  const runner = await AttemptRunner.open(session, { tell, pulse: new Pulse(pulse), worker });
  const waiting: ClaimedAssignment[] = [];
  let working = false;

  const work = async (): Promise<void> => {
    working = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { claim, token } = next;
      if (Atomics.compareExchange(claims, claim, token, claimedBy(token)) === token) {
        const mayServeOn = await runner.run(next);
        // The rest of the queue is recalled, and the thread is ended.
        if (!mayServeOn) return;
      }
    }
    working = false;
  };

  await new Promise<void>((resolve, reject) => {
    port.on('message', (messages: readonly ToThread[]) => {
      for (const message of messages) {
        if (message.is === 'end') resolve();
        else if (message.is === 'abort') runner.abort(message.token, message.reason);
        else waiting.push(message);
      }
      if (!working) work().catch(reject);
    });
    tell({ is: 'serving' });
  });
  port.close();
}
