/**
 * Worker thread: assignments come in over a port, outcomes go out over it; results go to the IoManager directly.
 * It never decides whether anything is tried again, and never writes to the terminal.
 */
import type { MessagePort } from 'node:worker_threads';
import { AttemptRunner } from './attempt.ts';
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

/** The environment that the thread was started with. */
const environment = { ...process.env };

/** Serves one run until told to end: one assignment after another, in the order in which they came. The thread may then serve another run. */
export async function serve({ session, port, claims, pulse }: ServeTask): Promise<void> {
  restoreEnvironment();
  const tell = (message: FromWorker): void => port.postMessage(message);
  const runner = await AttemptRunner.open(session, { tell, pulse: new Pulse(pulse) });
  const waiting: ClaimedAssignment[] = [];
  let working = false;

  const work = async (): Promise<void> => {
    working = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { claim, token } = next;
      if (Atomics.compareExchange(claims, claim, token, claimedBy(token)) === token) {
        await runner.run(next);
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

/** Tasks of an earlier run may have changed it. */
function restoreEnvironment(): void {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
}
