import { describe, expect, test } from 'vitest';
import type { QueueReceiver, QueueSender } from '../../src/events/queues/queue.ts';
import type { FarEnd, NearEnd } from './queue-pairs.ts';
import type { PeerReply } from './queue-peer.ts';
import { testNeeding } from '../test-needing.ts';

export interface QueueKind {
  /** Which ends are in the hands of the test; the others take orders. */
  readonly isHere: { readonly sender: boolean; readonly receiver: boolean };
  /** Ends with the test. */
  open(capacity: number): QueuePair;
  /** A function can be put, as it goes nowhere. */
  readonly carriesAnything?: true;
}

export interface QueuePair {
  readonly sender: FarEnd & Partial<NearEnd<QueueSender<unknown>>>;
  readonly receiver: FarEnd & Partial<NearEnd<QueueReceiver<unknown>>>;
}

/** What every queue does, whoever made it. */
export function queueContract(name: string, kind: QueueKind): void {
  const { isHere, carriesAnything } = kind;
  const open = (capacity: number) => kind.open(capacity);
  /** A blocking call can only wait for someone elsewhere. */
  const canBlock = !(isHere.sender && isHere.receiver);
  const inVain = { code: canBlock ? 'DP6105' : 'DP6104' };

  // oxlint-disable-next-line vitest/valid-title -- the contract is named by whoever fulfils it
  describe(name, () => {
    test('gives out what was put, once and in order', async () => {
      const { sender, receiver } = open(7);
      const drained = receiver.order({ does: 'drain' });
      expect(await sender.order({ does: 'put', values: numbers(500) })).toEqual(DONE);
      await sender.order({ does: 'close' });
      expect(await drained).toEqual({ values: numbers(500) });
    });

    test('keeps the order of puts that wait side by side', async () => {
      const { sender, receiver } = open(2);
      const puts = numbers(20).map((n) => sender.order({ does: 'put', values: [n] }));
      expect(await receiver.order({ does: 'get', count: 20 })).toEqual({ values: numbers(20) });
      expect(await Promise.all(puts)).toEqual(puts.map(() => DONE));
    });

    test('answers gets that wait side by side in their order', async () => {
      const { sender, receiver } = open(2);
      const gets = numbers(20).map(() => receiver.order({ does: 'get', count: 1 }));
      await sender.order({ does: 'put', values: numbers(20) });
      expect(await Promise.all(gets)).toEqual(numbers(20).map((n) => ({ values: [n] })));
    });

    test('carries values of the structured-clone kind, undefined and null too', async () => {
      const { sender, receiver } = open(1);
      const values = [undefined, null, 0n, new Date(0), new Map([[1, new Set(['x'])]]), cyclic()];
      const got = receiver.order({ does: 'get', count: values.length });
      expect(await sender.order({ does: 'put', values })).toEqual(DONE);
      expect(await got).toEqual({ values });
    });

    test('carries megabytes byte for byte', async () => {
      const { sender, receiver } = open(1);
      const values = [Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 7919) >> 3)];
      const got = receiver.order({ does: 'get', count: 1 });
      expect(await sender.order({ does: 'put', values })).toEqual(DONE);
      const [bytes] = ((await got) as { values: Uint8Array[] }).values;
      expect(Buffer.compare(bytes!, values[0]!)).toBe(0);
    });

    test('holds no more than its capacity: a put waits for a get', async () => {
      const { sender, receiver } = open(2);
      await sender.order({ does: 'put', values: [1, 2] });
      const third = sender.order({ does: 'put', values: [3] });
      await sender.order({ does: 'nothing' });
      expect(await Promise.race([third, Promise.resolve('waiting')])).toBe('waiting');
      expect(await receiver.order({ does: 'get', count: 1 })).toEqual({ values: [1] });
      expect(await third).toEqual(DONE);
      expect(await receiver.order({ does: 'get', count: 2 })).toEqual({ values: [2, 3] });
    });

    test('does not let a blocking put into a full queue, nor keep what it refused', async () => {
      const { sender, receiver } = open(1);
      await sender.order({ does: 'put', values: [1] });
      const refused = await sender.order({ does: 'putSync', values: [2], timeout: 5 });
      expect(refused).toMatchObject(inVain);
      await sender.order({ does: 'close' });
      expect(await receiver.order({ does: 'drain' })).toEqual({ values: [1] });
    });

    test('gives a blocking get up when nothing comes, and loses nothing that comes later', async () => {
      const { sender, receiver } = open(1);
      const gaveUp = await receiver.order({ does: 'getSync', count: 1, timeout: 5 });
      expect(gaveUp).toMatchObject(inVain);
      await sender.order({ does: 'put', values: [1] });
      expect(await receiver.order({ does: 'get', count: 1 })).toEqual({ values: [1] });
    });

    test('lets blocking calls through that need not wait', async () => {
      const { sender, receiver } = open(3);
      expect(await sender.order({ does: 'putSync', values: [1, 2, 3] })).toEqual(DONE);
      expect(await receiver.order({ does: 'getSync', count: 3 })).toEqual({ values: [1, 2, 3] });
    });

    test('can be read to its end after the sender closed it', async () => {
      const { sender, receiver } = open(5);
      await sender.order({ does: 'put', values: [1, 2, 3] });
      await sender.order({ does: 'close' });
      expect(await receiver.order({ does: 'get', count: 1 })).toEqual({ values: [1] });
      expect(await receiver.order({ does: 'getSync', count: 1 })).toEqual({ values: [2] });
      expect(await receiver.order({ does: 'drain' })).toEqual({ values: [3] });
      expect(await receiver.order({ does: 'get', count: 1 })).toMatchObject(CLOSED);
      expect(await receiver.order({ does: 'getSync', count: 1 })).toMatchObject(CLOSED);
    });

    test('takes nothing more once closed, and can be closed again', async () => {
      const { sender } = open(5);
      await sender.order({ does: 'close' });
      await sender.order({ does: 'close' });
      expect(await sender.order({ does: 'put', values: [1] })).toMatchObject(CLOSED);
      expect(await sender.order({ does: 'putSync', values: [1] })).toMatchObject(CLOSED);
    });

    test('settles every waiting get when the sender closes it', async () => {
      const { sender, receiver } = open(1);
      const waiting = [
        receiver.order({ does: 'get', count: 1 }),
        receiver.order({ does: 'drain' }),
      ];
      await receiver.order({ does: 'nothing' });
      await sender.order({ does: 'close' });
      expect(await Promise.all(waiting)).toMatchObject([CLOSED, { values: [] }]);
    });

    test('settles every waiting put when either end closes it', async () => {
      for (const closer of ['sender', 'receiver'] as const) {
        const pair = open(1);
        await pair.sender.order({ does: 'put', values: [1] });
        const waiting = numbers(3).map((n) => pair.sender.order({ does: 'put', values: [n] }));
        await pair.sender.order({ does: 'nothing' });
        await pair[closer].order({ does: 'close' });
        expect(await Promise.all(waiting)).toMatchObject([CLOSED, CLOSED, CLOSED]);
      }
    });

    testNeeding('a receiver in this thread', isHere.receiver)(
      'forgets a get that was aborted, and not the value it would have had',
      async () => {
        const { sender, receiver } = open(1);
        const { signal, abort } = aborter();
        const aborted = receiver.here!.get({ signal });
        const kept = receiver.here!.get();
        abort();
        await expect(aborted).rejects.toBe(signal.reason);
        await expect(receiver.here!.get({ signal })).rejects.toBe(signal.reason);
        await sender.order({ does: 'put', values: [1] });
        expect(await kept).toBe(1);
      },
    );

    testNeeding('a sender in this thread', isHere.sender)(
      'forgets a put that was aborted',
      async () => {
        const { sender, receiver } = open(1);
        const { signal, abort } = aborter();
        await sender.here!.put(1);
        const aborted = sender.here!.put(2, { signal });
        const kept = sender.here!.put(3);
        abort();
        await expect(aborted).rejects.toBe(signal.reason);
        await expect(sender.here!.put(4, { signal })).rejects.toBe(signal.reason);
        expect(await receiver.order({ does: 'get', count: 2 })).toEqual({ values: [1, 3] });
        await kept;
      },
    );

    testNeeding('a receiver in this thread', isHere.receiver)(
      'keeps the rest when a reader breaks off',
      async () => {
        const { sender, receiver } = open(3);
        await sender.order({ does: 'put', values: [1, 2, 3] });
        for await (const value of receiver.here!) if (value === 2) break;
        expect(await receiver.here!.get()).toBe(3);
      },
    );

    const canRefuse = isHere.sender && !carriesAnything;
    testNeeding('a sender that copies values', canRefuse)(
      'refuses what cannot cross, which takes no room',
      async () => {
        const { sender, receiver } = open(1);
        const refused = expect.objectContaining({ code: 'DP5004' });
        await expect(sender.here!.put(() => 1)).rejects.toEqual(refused);
        expect(() => sender.here!.putSync({ deep: Symbol('x') })).toThrow(refused);
        await sender.here!.put(1);
        expect(await receiver.order({ does: 'get', count: 1 })).toEqual({ values: [1] });
      },
    );

    testNeeding('an end in another thread', canBlock)(
      'blocks until the other end has done its part',
      async () => {
        const { sender, receiver } = open(3);
        for (const [put, get] of [
          ['putSync', 'getSync'],
          ['putSync', 'get'],
          ['put', 'getSync'],
        ] as const) {
          const start = {
            sender: () => sender.order({ does: put, values: numbers(200) }),
            receiver: () => receiver.order({ does: get, count: 200 }),
          };
          // The end that is here may stop this very thread, so the far one has to be at work before.
          const [far, here] = isHere.sender
            ? (['receiver', 'sender'] as const)
            : (['sender', 'receiver'] as const);
          const replies = await Promise.all([start[far](), start[here]()]);
          expect(replies).toContainEqual({ values: numbers(200) });
          expect(replies).toContainEqual(DONE);
        }
      },
    );

    testNeeding('an end in another thread', canBlock)(
      'releases a blocked thread when the other end closes it',
      async () => {
        const { sender, receiver } = open(1);
        await sender.order({ does: 'put', values: [1] });
        if (isHere.receiver) await receiver.order({ does: 'get', count: 1 });
        const [far, here] = isHere.sender ? [receiver, sender] : [sender, receiver];
        const closing = far.order({ does: 'close' });
        const blocked = here.order(
          isHere.sender ? { does: 'putSync', values: [2] } : { does: 'getSync', count: 1 },
        );
        expect(await blocked).toMatchObject(CLOSED);
        await closing;
      },
    );
  });
}

const DONE: PeerReply = { values: [] };
const CLOSED = { code: 'DP6102' };

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

function cyclic(): unknown {
  const value: { self?: unknown; list: number[] } = { list: [1, 2] };
  value.self = value;
  return value;
}

function aborter(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
