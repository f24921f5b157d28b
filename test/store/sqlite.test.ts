import { join } from 'node:path';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { runStoreContract } from './contract.ts';
import { temporaryFolder } from './folder.ts';

for (const durability of ['run', 'task'] as const) {
  runStoreContract(`SQLite with durability ${durability}`, () => {
    const folder = temporaryFolder();
    return {
      open: (isAlive) => openSqliteStore({ folder: join(folder.path, '.dp'), durability, isAlive }),
      [Symbol.dispose]: () => folder[Symbol.dispose](),
    };
  });
}
