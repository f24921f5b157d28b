/** Holds ends of queues under test and does what it is told with them, on any thread or in any process. */
import type { QueueReceiver, QueueSender } from '../events/queues/queue.ts';

export type QueueCall =
  | { readonly does: 'put'; readonly values: readonly unknown[] }
  | { readonly does: 'putSync'; readonly values: readonly unknown[]; readonly timeout?: number }
  /** Puts the values side by side, closes the end and exits at once. */
  | { readonly does: 'putAndExit'; readonly values: readonly unknown[]; readonly blocking: boolean }
  /** Puts a value that the queue cannot copy. */
  | { readonly does: 'putFunction' }
  /** Puts an object and changes it at once. */
  | { readonly does: 'putAndChange' }
  | { readonly does: 'get'; readonly count: number }
  | { readonly does: 'getSync'; readonly count: number; readonly timeout?: number }
  /** Begins a put or get, and aborts it in the same turn of the event loop or after a while. */
  | { readonly does: 'abortPut' | 'abortGet'; readonly when: 'at once' | 'later' }
  /** Reads with `for await` up to the end, or until it breaks off behind that value. */
  | { readonly does: 'read'; readonly until?: unknown }
  /** Opens the same end once more; only elsewhere. */
  | { readonly does: 'openAgain' }
  /** `nothing` is answered once the calls before it have begun. */
  | { readonly does: 'close' | 'nothing' };

export type Reply =
  | { readonly values: readonly unknown[] }
  | { readonly code: string; readonly message: string };

/** What is wanted of whichever end it is; a sender is never asked to get. */
type AnyEnd = QueueSender<unknown> & QueueReceiver<unknown>;

export interface Order {
  readonly id: number;
  readonly end: number;
  readonly call:
    | QueueCall
    | { readonly does: 'open'; readonly kind: EndKind; readonly at: unknown };
}

export type EndKind = 'sender' | 'receiver';
type OpenedEnd = QueueSender<unknown> | QueueReceiver<unknown>;
export type OpenEnd = (kind: EndKind, at: unknown) => OpenedEnd;

/** Answers every order as it comes. `open` opens an end where the order says. */
export function obeyAll(
  orders: { on(event: 'message', listener: (order: Order) => void): unknown },
  answer: (answer: { readonly id: number; readonly reply: Reply }) => void,
  open: OpenEnd,
): void {
  const ends = new Map<number, OpenedEnd>();
  const places = new Map<number, () => OpenedEnd>();
  orders.on('message', ({ id, end, call }) => {
    const obeying = replyOf(async () => {
      if (call.does === 'open') places.set(end, () => open(call.kind, call.at));
      if (call.does === 'open') ends.set(end, places.get(end)!());
      else if (call.does === 'openAgain') places.get(end)!();
      else return valuesOf(ends.get(end)!, call);
      return [];
    });
    void obeying.then((reply) => answer({ id, reply }));
  });
}

export function obey(end: OpenedEnd, call: QueueCall): Promise<Reply> {
  return replyOf(() => valuesOf(end, call));
}

/** Never rejects: what is thrown is the reply. */
async function replyOf(act: () => Promise<unknown[]>): Promise<Reply> {
  try {
    return { values: await act() };
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
}

async function valuesOf(opened: OpenedEnd, call: QueueCall): Promise<unknown[]> {
  const end = opened as AnyEnd;
  const values: unknown[] = [];
  switch (call.does) {
    case 'put':
      for (const value of call.values) await end.put(value);
      break;
    case 'putSync':
      for (const value of call.values) end.putSync(value, call);
      break;
    case 'putAndExit':
      if (call.blocking) for (const value of call.values) end.putSync(value);
      else await Promise.all(call.values.map((value) => end.put(value)));
      end.close();
      process.exit();
    case 'putFunction':
      await end.put({ deep: [() => 1] });
      break;
    case 'putAndChange': {
      const value = { list: [1] };
      const putting = end.put(value);
      value.list.push(2);
      await putting;
      break;
    }
    case 'get':
      while (values.length < call.count) values.push(await end.get());
      break;
    case 'getSync':
      while (values.length < call.count) values.push(end.getSync(call));
      break;
    case 'abortPut':
      await aborted(call.when, (signal) => end.put('aborted', { signal }));
      break;
    case 'abortGet':
      await aborted(call.when, (signal) => end.get({ signal }));
      break;
    case 'read':
      for await (const value of end) {
        values.push(value);
        if ('until' in call && value === call.until) break;
      }
      break;
    case 'close':
      end.close();
      break;
    case 'openAgain':
    case 'nothing':
  }
  return values;
}

async function aborted(
  when: 'at once' | 'later',
  call: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const controller = new AbortController();
  const calling = call(controller.signal);
  if (when === 'at once') controller.abort(new AbortedAsTold());
  else setImmediate(() => controller.abort(new AbortedAsTold()));
  await calling;
}

class AbortedAsTold extends Error {
  readonly code = 'aborted';
}
