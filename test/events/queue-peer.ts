/** The far end of a queue under test: does what it is told, on another thread or in another process. */
import type { QueueReceiver, QueueSender } from '../../src/events/queues/queue.ts';

export interface PeerOrder {
  readonly id: number;
  readonly call: PeerCall;
}

export type PeerCall =
  | { readonly does: 'put'; readonly values: readonly unknown[] }
  | { readonly does: 'putSync'; readonly values: readonly unknown[]; readonly timeout?: number }
  | { readonly does: 'get'; readonly count: number }
  | { readonly does: 'getSync'; readonly count: number; readonly timeout?: number }
  /** `nothing` is answered once the orders before it were begun. */
  | { readonly does: 'drain' | 'close' | 'nothing' };

export type PeerReply =
  | { readonly values: readonly unknown[] }
  | { readonly code: string; readonly message: string };

/** What is wanted of whichever end it is; a sender is never asked to get. */
export type AnyEnd = QueueSender<unknown> & QueueReceiver<unknown>;

/** Answers every order as it comes; a failure to answer is the peer's end. */
export function obeyAll(
  end: AnyEnd,
  orders: { on(event: 'message', listener: (order: PeerOrder) => void): unknown },
  answer: (answer: { id: number; reply: PeerReply }) => void,
): void {
  orders.on('message', ({ id, call }: PeerOrder) => {
    obey(end, call)
      .then((reply) => answer({ id, reply }))
      .catch((error: unknown) =>
        queueMicrotask(() => {
          throw error;
        }),
      );
  });
}

export async function obey(end: AnyEnd, call: PeerCall): Promise<PeerReply> {
  try {
    return { values: await valuesOf(end, call) };
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
}

async function valuesOf(end: AnyEnd, call: PeerCall): Promise<unknown[]> {
  const values: unknown[] = [];
  switch (call.does) {
    case 'put':
      for (const value of call.values) await end.put(value);
      break;
    case 'putSync':
      for (const value of call.values) end.putSync(value, call);
      break;
    case 'get':
      while (values.length < call.count) values.push(await end.get());
      break;
    case 'getSync':
      while (values.length < call.count) values.push(end.getSync(call));
      break;
    case 'drain':
      for await (const value of end) values.push(value);
      break;
    case 'close':
      end.close();
      break;
    case 'nothing':
  }
  return values;
}
