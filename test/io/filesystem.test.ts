import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFilesystemIo } from '../../src/io/filesystem.ts';
import { RunFolders } from '../../src/io/run-folders.ts';
import { ioManagerContract } from './contract.ts';
import { temporaryFolder } from './samples.ts';
import { storedRunsContract } from './stored-runs-contract.ts';

ioManagerContract('the filesystem', () => createFilesystemIo({ root: temporaryFolder() }));

storedRunsContract('the filesystem', () => {
  const root = temporaryFolder();
  return {
    io: createFilesystemIo({ root }),
    stored: new RunFolders(root),
    log: (run, name, text) => {
      mkdirSync(join(root, 'runs', run, 'logs'), { recursive: true });
      writeFileSync(join(root, 'runs', run, 'logs', name), text);
    },
    breakOff: ({ run, task }) => {
      writeFileSync(join(root, 'runs', run, 'results', task, '.77-0-1.tmp'), 'half');
    },
  };
});
