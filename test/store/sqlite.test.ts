import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Owner } from '../../src/model/event.ts';
import { type Beat, beatNow } from '../../src/store/process-identity.ts';
import { openMaintenance } from '../../src/store/sqlite-maintenance.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { runStoreContract } from './contract.ts';
import type { StorePlace } from './store-of-each-test.ts';
import { temporaryFolder } from './folder.ts';
import { newRun } from './samples.ts';
import { processesContract } from './processes-contract.ts';
import { tickLedgerContract } from './ledger-contract.ts';
import { runQueueContract } from './queue-contract.ts';
import { poolSlotsContract } from './slots-contract.ts';

function onDisk(durability: 'run' | 'task'): StorePlace {
  const folder = temporaryFolder();
  return {
    open: (isAlive) => openSqliteStore({ folder: join(folder.path, '.dp'), durability, isAlive }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

for (const durability of ['run', 'task'] as const)
  runStoreContract(`SQLite with durability ${durability}`, () => onDisk(durability));
poolSlotsContract('SQLite', () => onDisk('run'));
runQueueContract('SQLite', () => onDisk('run'));
tickLedgerContract('SQLite', () => onDisk('run'));
processesContract('SQLite', () => onDisk('run'));

test('a question about a holder has its last heartbeat: for runs, slots and housekeeping alike', () => {
  using place = temporaryFolder();
  const folder = join(place.path, '.dp');
  const beats: (Beat | undefined)[] = [];
  const isAlive = (_: Owner, last?: Beat): boolean => beats.push(last) > 0;
  using store = openSqliteStore({ folder, isAlive });
  const before = beatNow();
  store.begin(newRun('a'));
  store.slots.take({ pool: 'db', run: 'a', unit: 'x' }, 1, 0);
  using maintenance = openMaintenance({ folder, readOnly: true, isAlive });
  const questions: (() => unknown)[] = [
    () => store.holder('a'),
    () => store.list(),
    () => store.slots.held(),
    () => store.remove(['a']),
    () => maintenance.isHeld('a'),
  ];
  for (const ask of questions) {
    beats.length = 0;
    ask();
    expect(beats.length).toBeGreaterThan(0);
    for (const last of beats) expect(last?.uptimeMs).toBeGreaterThanOrEqual(before.uptimeMs);
  }
});
