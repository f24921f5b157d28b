import { describe } from 'vitest';
import { createFilesystemIo } from '../../src/io/filesystem.ts';
import { ioManagerContract } from './contract.ts';
import { temporaryFolder } from './samples.ts';

describe('the filesystem IoManager', () => {
  ioManagerContract(() => createFilesystemIo({ root: temporaryFolder() }));
});
