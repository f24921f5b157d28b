/** Events on their way to a broker that may refuse them. */
import { expect, test } from 'vitest';
import { sendPage } from '../../../src/app/events/send-page.ts';
import { type Clock, systemClock } from '../../../src/lib/clock.ts';
import type { PlacedEvent } from '../../../src/model/event.ts';
import { Fault } from '../../../src/model/fault.ts';

const page = (...topics: readonly string[]): PlacedEvent[] =>
  topics.map((topic, i) => ({
    position: i + 1,
    event: { v: 1, id: topic, topic, time: 0, data: null },
  }));

/** A clock on which every delay is over at once. */
const clock: Clock = {
  now: () => 0,
  elapsed: () => 0,
  after: (_delayMs, act) => systemClock.soon(act),
  soon: (act) => systemClock.soon(act),
};

/** Sends with a broker that refuses topics for some times each. */
async function sendTo(
  refusals: Readonly<Record<string, number>>,
  events: readonly PlacedEvent[],
  code: 'DP6125' | 'DP6102' = 'DP6125',
): Promise<{ taken: string[]; told: string[] }> {
  const [taken, told]: [string[], string[]] = [[], []];
  const left = new Map(Object.entries(refusals));
  const broker = {
    publish(topic: string): void {
      const times = left.get(topic) ?? 0;
      left.set(topic, times - 1);
      if (times > 0) throw new Fault(code, `no ${topic}`);
      taken.push(topic);
    },
  };
  const { signal } = new AbortController();
  const report = (fault: Fault): number => told.push(`${fault.code} ${fault.message}`);
  await sendPage(broker, events, { clock, signal, report });
  return { taken, told };
}

test('what the broker takes is sent once, in order', async () => {
  expect(await sendTo({}, page('a', 'b', 'c'))).toEqual({ taken: ['a', 'b', 'c'], told: [] });
});

test('what is refused for a while comes behind, and is told', async () => {
  expect(await sendTo({ b: 2 }, page('a', 'b', 'c'))).toEqual({
    taken: ['a', 'c', 'b'],
    told: ['DP6125 no b', 'DP6125 no b'],
  });
});

test('what is always refused is given up, and holds up nothing', async () => {
  const { taken, told } = await sendTo({ b: 1_000 }, page('a', 'b', 'c'));
  expect(taken).toEqual(['a', 'c']);
  expect(told.at(-1)).toBe('DP6132 event 2 on b was not sent: no b');
});

test('a broker that is closed ends the sending', async () => {
  await expect(sendTo({ a: 1 }, page('a'), 'DP6102')).rejects.toMatchObject({ code: 'DP6102' });
});
