/** A sample of the storm: one round of it. `make storm` goes on for minutes, with other draws each time. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testNeeding } from '../test-needing.ts';
import { expect } from 'vitest';
import { dpCommand } from '../cli/rig.ts';
import { call } from './real-dp.ts';
import { Storm } from './storm-rounds.ts';

testNeeding('Linux', process.platform === 'linux')(
  'processes that are killed and stopped at random leave every run to come to its end',
  async () => {
    const home = realpathSync(mkdtempSync(join(tmpdir(), 'dp-storm-')));
    try {
      const storm = new Storm({
        home,
        seed: 3,
        call: (words, more) => call({ command: [...dpCommand(), ...words], ...more }),
      });
      expect(await storm.round(1)).toEqual([]);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
  180_000,
);
