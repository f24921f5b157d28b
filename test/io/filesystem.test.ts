import { describe } from 'vitest';
import { createFilesystemIo } from '../../src/io/filesystem.ts';
import { ioManagerContract } from './contract.ts';
import { liveStreamContract } from './live-streams.ts';
import { temporaryFolder } from './samples.ts';

describe('the filesystem IoManager', () => {
  ioManagerContract(() => createFilesystemIo({ root: temporaryFolder() }));
  describe('with live streams', () => {
    liveStreamContract(() => createFilesystemIo({ root: temporaryFolder() }));
  });
});
