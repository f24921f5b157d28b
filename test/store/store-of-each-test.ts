import { afterEach, beforeEach } from 'vitest';
import type { Owner } from '../../src/model/event.ts';
import type { RunStore } from '../../src/store/run-store.ts';

/** Where one state lives. Every store opened on it stands for a process of its own. */
export interface StorePlace extends Disposable {
  open(isAlive: (owner: Owner) => boolean): RunStore;
}

export interface StoreOfTest {
  place: StorePlace;
  store: RunStore;
  /** Processes that count as dead. */
  dead: Set<number>;
  /** Opens the state for one more process. */
  open(): RunStore;
}

/** Gives every test an empty state of its own, and a store on it that `prepare` has seen first. */
export function storeOfEachTest(
  newPlace: () => StorePlace,
  prepare: (store: RunStore) => void = () => undefined,
): StoreOfTest {
  const open = (): RunStore => at.place.open((holder) => !at.dead.has(holder.pid));
  const at = { open } as StoreOfTest; // `beforeEach` adds the rest before a test can look.
  beforeEach(() => {
    at.place = newPlace();
    at.dead = new Set();
    at.store = open();
    prepare(at.store);
  });
  afterEach(() => {
    at.store[Symbol.dispose]();
    at.place[Symbol.dispose]();
  });
  return at;
}
