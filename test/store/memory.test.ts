import { describe, expect, test } from 'vitest';
import { MemoryRunStore, MemoryState } from '../../src/store/memory.ts';
import { runStoreContract } from './contract.ts';
import type { StorePlace } from './store-of-each-test.ts';
import { processesContract } from './processes-contract.ts';
import { tickLedgerContract } from './ledger-contract.ts';
import { runQueueContract } from './queue-contract.ts';
import { poolSlotsContract } from './slots-contract.ts';
import { newRun, started, taskSucceeded } from './samples.ts';

function inMemory(): StorePlace {
  const state = new MemoryState();
  return {
    open: (isAlive) => new MemoryRunStore(state, isAlive),
    [Symbol.dispose]: () => undefined,
  };
}

runStoreContract('memory', inMemory);
poolSlotsContract('memory', inMemory);
runQueueContract('memory', inMemory);
tickLedgerContract('memory', inMemory);
processesContract('memory', inMemory);

describe('a power cut', () => {
  test('loses the end of what was not flushed, and nothing else', () => {
    const state = new MemoryState();
    const store = new MemoryRunStore(state, () => false);
    store.begin(newRun('a'));
    store.append('a', [started('a')]);
    store.flush();
    store.append('a', [taskSucceeded('a', 'x')]);
    store.append('a', [taskSucceeded('a', 'y')]);
    expect(state.unflushed).toBe(2);
    state.powerCut(1);
    const left = [...store.read('a')].map(({ event }) => event.task);
    expect(left).toStrictEqual([undefined, 'x']);
    state.powerCut(0);
    expect([...store.read('a')]).toHaveLength(1);
  });
});
