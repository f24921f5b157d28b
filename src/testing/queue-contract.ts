/** What every queue does, wherever its ends are: rows of tests, for any test runner. A row that does not hold throws. */
import assert from 'node:assert/strict';
import type { ContractRow } from './contract-row.ts';
import type { QueueCall, EndKind, Reply } from './queue-peer.ts';

export interface QueueKind {
  /** Ends that are on the thread of the test: a blocking call there stops the test. */
  readonly here: readonly EndKind[];
  readonly open: (shape: QueueShape) => Promise<TestedQueue>;
}

export interface QueueShape {
  readonly capacity: number;
  /** Number of senders. Default 1. */
  readonly senders?: number;
  /** Number of receivers. Default 1. */
  readonly receivers?: number;
}

export interface TestedQueue {
  readonly senders: readonly TestedEnd[];
  readonly receivers: readonly TestedEnd[];
  close(): void;
}

/** An end that does as told, wherever it is. */
export interface TestedEnd {
  order(call: QueueCall): Promise<Reply>;
}

type QueueCheck = (queue: TestedQueue, sender: TestedEnd, receiver: TestedEnd) => Promise<void>;

export function queueContract({ here, open }: QueueKind): readonly ContractRow[] {
  const row = (title: string, shape: QueueShape, check: QueueCheck): ContractRow => ({
    title,
    run: async () => {
      const queue = await open(shape);
      const [[sender], [receiver]] = [queue.senders, queue.receivers];
      try {
        await check(queue, sender!, receiver!); // each queue has one of each at least
      } finally {
        queue.close();
      }
    },
  });
  /** A blocking call can only wait for somebody elsewhere. */
  const canBlock = here.length < 2;
  const inVain = canBlock ? 'DP6105' : 'DP6104';
  return [
    row(
      'gives out what was put, once and in order',
      { capacity: 7 },
      async (_, sender, receiver) => {
        const read = receiver.order({ does: 'read' });
        await done(sender.order({ does: 'put', values: numbers(500) }));
        await done(sender.order({ does: 'close' }));
        await gives(read, numbers(500));
      },
    ),

    row(
      'keeps the order of puts that wait side by side',
      { capacity: 2 },
      async (_, sender, receiver) => {
        const puts = numbers(20).map((n) => sender.order({ does: 'put', values: [n] }));
        await gives(receiver.order({ does: 'get', count: 20 }), numbers(20));
        for (const put of puts) await done(put);
      },
    ),

    row(
      'answers gets that wait side by side in their order',
      { capacity: 2 },
      async (_, sender, receiver) => {
        const gets = numbers(20).map(() => receiver.order({ does: 'get', count: 1 }));
        await done(sender.order({ does: 'put', values: numbers(20) }));
        for (const [n, get] of gets.entries()) await gives(get, [n]);
      },
    ),

    row(
      'gives each value of several senders to one of several receivers, in the order of its sender',
      { capacity: 5, senders: 4, receivers: 4 },
      async ({ senders, receivers }) => {
        const reads = receivers.map((receiver) => receiver.order({ does: 'read' }));
        const puts = senders.map(async (sender, from) => {
          await done(sender.order({ does: 'put', values: numbers(100).map((n) => ({ from, n })) }));
          await done(sender.order({ does: 'close' }));
        });
        await Promise.all(puts);
        const read = await Promise.all(
          reads.map(async (reply) => valuesOf(await reply) as NumberedValue[]),
        );
        for (const from of senders.keys()) {
          const parts = read.map((values) =>
            values.filter((value) => value.from === from).map(({ n }) => n),
          );
          for (const part of parts) assert.deepEqual(part, part.toSorted(ascending));
          assert.deepEqual(parts.flat().toSorted(ascending), numbers(100));
        }
      },
    ),

    row(
      'carries values of the structured-clone kind, undefined and null too',
      { capacity: 1 },
      async (_, sender, receiver) => {
        const values = [undefined, null, 0n, new Date(0), new Map([[1, new Set(['x'])]]), cyclic()];
        const got = receiver.order({ does: 'get', count: values.length });
        await done(sender.order({ does: 'put', values }));
        await gives(got, values);
      },
    ),

    row('carries megabytes byte for byte', { capacity: 1 }, async (_, sender, receiver) => {
      const values = [Uint8Array.from({ length: 3_000_000 }, (__, i) => (i * 7919) >> 3)];
      const got = receiver.order({ does: 'get', count: 1 });
      await done(sender.order({ does: 'put', values }));
      await gives(got, values);
    }),

    row(
      'has values of its own: a change after the put is not seen',
      { capacity: 1 },
      async (_, sender, receiver) => {
        await done(sender.order({ does: 'putAndChange' }));
        await gives(receiver.order({ does: 'get', count: 1 }), [{ list: [1] }]);
      },
    ),

    row(
      'refuses what it cannot copy, which takes no room',
      { capacity: 1 },
      async (_, sender, receiver) => {
        await fails(sender.order({ does: 'putFunction' }), 'DP5004');
        await done(sender.order({ does: 'put', values: [1] }));
        await gives(receiver.order({ does: 'get', count: 1 }), [1]);
      },
    ),

    row(
      'holds no more than its capacity: a put waits for a get',
      { capacity: 2 },
      async (_, sender, receiver) => {
        await done(sender.order({ does: 'put', values: [1, 2] }));
        const third = sender.order({ does: 'put', values: [3] });
        await waits(third, [sender, receiver]);
        await gives(receiver.order({ does: 'get', count: 1 }), [1]);
        await done(third);
        await gives(receiver.order({ does: 'get', count: 2 }), [2, 3]);
      },
    ),

    row(
      'has one capacity for all senders',
      { capacity: 3, senders: 3 },
      async ({ senders }, sender, receiver) => {
        for (const [n, each] of senders.entries())
          await done(each.order({ does: 'put', values: [n] }));
        const fourth = sender.order({ does: 'put', values: [3] });
        await waits(fourth, [...senders, receiver]);
        await gives(receiver.order({ does: 'get', count: 4 }), numbers(4));
        await done(fourth);
      },
    ),

    row(
      'does not let a blocking put into a full queue, nor keep what it refused',
      { capacity: 1 },
      async (_, sender, receiver) => {
        await done(sender.order({ does: 'put', values: [1] }));
        await fails(sender.order({ does: 'putSync', values: [2], timeout: 5 }), inVain);
        await done(sender.order({ does: 'close' }));
        await gives(receiver.order({ does: 'read' }), [1]);
      },
    ),

    row(
      'gives a blocking get up when nothing comes, and loses nothing that comes later',
      { capacity: 1 },
      async (_, sender, receiver) => {
        await fails(receiver.order({ does: 'getSync', count: 1, timeout: 5 }), inVain);
        await done(sender.order({ does: 'put', values: [1] }));
        await gives(receiver.order({ does: 'get', count: 1 }), [1]);
      },
    ),

    row(
      'lets blocking calls through that need not wait',
      { capacity: 3 },
      async (_, sender, receiver) => {
        await done(sender.order({ does: 'putSync', values: [1, 2, 3] }));
        await gives(receiver.order({ does: 'getSync', count: 3 }), [1, 2, 3]);
      },
    ),

    row(
      'can be read to its end after the sender closed it',
      { capacity: 5 },
      async (_, sender, receiver) => {
        await done(sender.order({ does: 'put', values: [1, 2, 3] }));
        await done(sender.order({ does: 'close' }));
        await gives(receiver.order({ does: 'get', count: 1 }), [1]);
        await gives(receiver.order({ does: 'getSync', count: 1 }), [2]);
        await gives(receiver.order({ does: 'read' }), [3]);
        await fails(receiver.order({ does: 'get', count: 1 }), 'DP6102');
        await fails(receiver.order({ does: 'getSync', count: 1 }), 'DP6102');
      },
    ),

    row(
      'takes nothing more from an end that was closed, and that can be closed again',
      { capacity: 5 },
      async (_, sender) => {
        await done(sender.order({ does: 'close' }));
        await done(sender.order({ does: 'close' }));
        await fails(sender.order({ does: 'put', values: [1] }), 'DP6102');
        await fails(sender.order({ does: 'putSync', values: [1] }), 'DP6102');
      },
    ),

    row(
      'ends with its last sender, and not before',
      { capacity: 5, senders: 2, receivers: 2 },
      async ({ senders, receivers }, first) => {
        const reads = receivers.map((receiver) => receiver.order({ does: 'read' }));
        await done(first.order({ does: 'close' }));
        await done(senders[1]!.order({ does: 'put', values: [1] }));
        await waits(Promise.race(reads), receivers);
        await done(senders[1]!.order({ does: 'close' }));
        const read = await Promise.all(reads);
        assert.deepEqual(read.flatMap(valuesOf), [1]);
      },
    ),

    row(
      'takes values as long as one receiver is open',
      { capacity: 1, receivers: 2 },
      async ({ receivers }, sender, first) => {
        await done(sender.order({ does: 'put', values: [1] }));
        const waiting = sender.order({ does: 'put', values: [2, 3] });
        await done(first.order({ does: 'close' }));
        await waits(waiting, [sender, first]);
        await gives(receivers[1]!.order({ does: 'get', count: 1 }), [1]);
        await done(receivers[1]!.order({ does: 'close' }));
        await fails(waiting, 'DP6102');
      },
    ),

    row(
      'settles every waiting get when the sender closes it',
      { capacity: 1 },
      async (_, sender, receiver) => {
        const [get, read] = [
          receiver.order({ does: 'get', count: 1 }),
          receiver.order({ does: 'read' }),
        ];
        await done(receiver.order({ does: 'nothing' }));
        await done(sender.order({ does: 'close' }));
        await fails(get, 'DP6102');
        await gives(read, []);
      },
    ),

    ...(['sender', 'receiver'] as const).map((closer) =>
      row(
        `settles every waiting put when the ${closer} closes it`,
        { capacity: 1 },
        async (_, sender, receiver) => {
          await done(sender.order({ does: 'put', values: [1] }));
          const waiting = numbers(3).map((n) => sender.order({ does: 'put', values: [n] }));
          await done(sender.order({ does: 'nothing' }));
          await done((closer === 'sender' ? sender : receiver).order({ does: 'close' }));
          for (const put of waiting) await fails(put, 'DP6102');
        },
      ),
    ),

    ...(['at once', 'later'] as const).flatMap((when) => [
      row(
        `forgets a get that was aborted ${when}, and not the value it would have had`,
        { capacity: 1 },
        async (_, sender, receiver) => {
          const aborted = receiver.order({ does: 'abortGet', when });
          const kept = receiver.order({ does: 'get', count: 1 });
          await fails(aborted, 'aborted');
          await done(sender.order({ does: 'put', values: [1] }));
          await gives(kept, [1]);
        },
      ),

      row(
        `forgets a put that was aborted ${when}`,
        { capacity: 1 },
        async (_, sender, receiver) => {
          await done(sender.order({ does: 'put', values: [1] }));
          const aborted = sender.order({ does: 'abortPut', when });
          const kept = sender.order({ does: 'put', values: [3] });
          await fails(aborted, 'aborted');
          await gives(receiver.order({ does: 'get', count: 2 }), [1, 3]);
          await done(kept);
        },
      ),
    ]),

    row('keeps the rest when a reader breaks off', { capacity: 3 }, async (_, sender, receiver) => {
      await done(sender.order({ does: 'put', values: [1, 2, 3] }));
      await gives(receiver.order({ does: 'read', until: 2 }), [1, 2]);
      await gives(receiver.order({ does: 'get', count: 1 }), [3]);
    }),

    ...(canBlock ? blockingRows(row, here) : []),
  ];
}

/** An end that is here may stop the test itself, so the far one is at work before. */
function blockingRows(
  row: (title: string, shape: QueueShape, check: QueueCheck) => ContractRow,
  here: readonly EndKind[],
): readonly ContractRow[] {
  const pairs = [
    ['putSync', 'getSync'],
    ['putSync', 'get'],
    ['put', 'getSync'],
  ] as const;
  return [
    ...pairs.map(([put, get]) =>
      row(
        `lets ${put} and ${get} wait for each other`,
        { capacity: 3 },
        async (_, sender, receiver) => {
          const startPut = () => sender.order({ does: put, values: numbers(200) });
          const startGet = () => receiver.order({ does: get, count: 200 });
          const replies = here.includes('sender')
            ? [startGet(), startPut()]
            : [startPut(), startGet()];
          const [putReply, getReply] = here.includes('sender') ? replies.toReversed() : replies;
          await done(putReply!);
          await gives(getReply!, numbers(200));
        },
      ),
    ),

    row(
      'releases a blocked thread when the other end closes it',
      { capacity: 1 },
      async (_, sender, receiver) => {
        await done(sender.order({ does: 'put', values: [1] }));
        const blocked: QueueCall = here.includes('receiver')
          ? { does: 'getSync', count: 2 }
          : { does: 'putSync', values: [2] };
        const [closer, waiter] = here.includes('receiver')
          ? [sender, receiver]
          : [receiver, sender];
        const closing = closer.order({ does: 'close' });
        await fails(waiter.order(blocked), 'DP6102');
        await done(closing);
      },
    ),
  ];
}

interface NumberedValue {
  readonly from: number;
  readonly n: number;
}

const ascending = (a: number, b: number): number => a - b;

async function done(reply: Promise<Reply>): Promise<void> {
  assert.deepEqual(await reply, { values: [] });
}

async function gives(reply: Promise<Reply>, values: readonly unknown[]): Promise<void> {
  assert.deepEqual(await reply, { values });
}

async function fails(reply: Promise<Reply>, code: string): Promise<void> {
  const answer = await reply;
  assert.equal('code' in answer ? answer.code : JSON.stringify(answer), code);
}

/** Fails when the reply comes although each of the ends had time to act. */
async function waits(reply: Promise<Reply>, ends: readonly TestedEnd[]): Promise<void> {
  for (const end of [...ends, ...ends]) await done(end.order({ does: 'nothing' }));
  assert.equal(await Promise.race([reply, Promise.resolve('waiting')]), 'waiting');
}

function valuesOf(reply: Reply): readonly unknown[] {
  assert.ok('values' in reply, JSON.stringify(reply));
  return reply.values;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

function cyclic(): unknown {
  const value: { self?: unknown; list: number[] } = { list: [1, 2] };
  value.self = value;
  return value;
}
