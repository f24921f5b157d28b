import { join } from 'node:path';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { runStoreContract, type StorePlace } from './contract.ts';
import { temporaryFolder } from './folder.ts';
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
