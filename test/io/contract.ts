/** What every IoManager does. An adapter proves itself by running this suite. */
import { describe } from 'vitest';
import type { IoManager } from '../../src/io/io-manager.ts';
import { addressesContract } from './contract/addresses.ts';
import { storedListsContract } from './contract/lists.ts';
import { liveStreamContract } from './contract/live-streams.ts';
import { storedStreamsContract } from './contract/streams.ts';
import { storedValuesContract } from './contract/values.ts';

/** `open` gives a manager over an empty store, a new one each time. */
export function ioManagerContract(adapter: string, open: () => IoManager): void {
  describe(`${adapter} as an IoManager`, () => {
    describe('values', () => {
      storedValuesContract(open);
    });
    describe('lists', () => {
      storedListsContract(open);
    });
    describe('streams', () => {
      storedStreamsContract(open);
    });
    describe('live streams', () => {
      liveStreamContract(open);
    });
    describe('addresses', () => {
      addressesContract(open);
    });
  });
}
