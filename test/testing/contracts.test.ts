/** The contracts find what is wrong with an adapter. */
import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesystemIo, type IoManager } from 'dp';
import { brokerContract, type ContractRow, ioContract } from 'dp/testing';
import type { SubscribeOptions, Subscription } from '../../src/events/broker.ts';
import { MemoryBroker } from '../../src/events/memory.ts';

test('of IO managers: one that breaks a rule breaks a row', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'dp-contracts-'));
  let stores = 0;
  const broken = (part: Partial<IoManager>) => async (): Promise<IoManager> => {
    const io = filesystemIo({ folder: join(folder.path, String(++stores)) });
    // A class has its methods on the prototype.
    return Object.assign(Object.create(io) as IoManager, part, bound(io, part));
  };
  const wrong: readonly Partial<IoManager>[] = [
    { has: async () => true },
    { clear: async () => 0 },
    { flush: async () => Promise.reject(new Error('no disk')) },
    { async *runs() {} },
  ];
  for (const part of wrong) expect(await fallen(ioContract({ open: broken(part) }))).not.toBe(0);
});

test('of brokers: one that breaks a rule breaks a row', async () => {
  const world = { open: () => Promise.resolve(new HearsEverything()), rounds: 1, events: 100 };
  expect(await fallen(brokerContract(world).slice(0, 2))).toBe(2);
});

/** Whoever subscribes hears everything. */
class HearsEverything extends MemoryBroker {
  override subscribe(_pattern: string, options?: SubscribeOptions): Subscription {
    return super.subscribe('**', options);
  }
}

/** The methods that are not replaced, on the object that has their private parts. */
function bound(io: IoManager, replaced: Partial<IoManager>): Partial<IoManager> {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(io)) as (keyof IoManager)[];
  const kept = names.filter((name) => !(name in replaced) && (name as string) !== 'constructor');
  return Object.fromEntries(kept.map((name) => [name, (io[name] as () => unknown).bind(io)]));
}

/** Number of rows that throw. */
async function fallen(rows: readonly ContractRow[]): Promise<number> {
  const ends = await Promise.allSettled(rows.map(({ run }) => run()));
  return ends.filter(({ status }) => status === 'rejected').length;
}
