/** A dp process of its own, for tests that need real ones: `node child.ts VERB FOLDER [ARGUMENT]`. Says what it did, a line each. */
import { openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../../src/model/fault.ts';
import { thisProcess } from '../../src/store/process-identity.ts';
import type { RunStore } from '../../src/store/run-store.ts';
import { withReserve } from '../../src/store/reserve.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { newRun, requestWith, started, taskSucceeded } from './samples.ts';

const [verb = '', folder = '', argument = ''] = process.argv.slice(2);

/** At once and whole: a killed process has said what it has said. */
const say = (line: unknown): void => void writeSync(1, `${JSON.stringify(line)}\n`);

const VERBS: Record<string, () => void> = {
  /** Begins a run and appends for ever, saying how many events were acknowledged. */
  appendForEver() {
    const store = openSqliteStore({ folder });
    begin(store, argument);
    for (let events = 0; ; say((events += 3))) {
      store.append(
        argument,
        [1, 2, 3].map((i) => taskSucceeded(argument, `t${events + i}`)),
      );
    }
  },

  /** Publishes for ever, saying the position of each event. */
  publishForEver() {
    const store = openSqliteStore({ folder });
    for (let n = 1; ; n++) {
      const id = `${argument}${n}`;
      const position = store.bus.publish({ v: 1, id, topic: 'data.arrived', time: n, data: n });
      say({ id, position });
    }
  },

  /** Appends without a pause, and says how long it had to wait at most. */
  appendMany() {
    using store = openSqliteStore({ folder });
    begin(store, argument);
    let longestMs = 0;
    for (let batch = 0; batch < 50; batch++) {
      const before = performance.now();
      store.append(
        argument,
        Array.from({ length: 20 }, (_, i) => taskSucceeded(argument, `t${i}`)),
      );
      longestMs = Math.max(longestMs, performance.now() - before);
    }
    store.release(argument);
    say({ longestMs });
  },

  beginOne() {
    using store = openSqliteStore({ folder });
    begin(store, argument);
    store.release(argument);
    say('begun');
  },

  /** Keeps what it acquired until it is killed. */
  acquire() {
    const store = openSqliteStore({ folder });
    try {
      say({ epoch: store.acquire(argument, thisProcess()) });
      setInterval(() => {}, 1_000_000);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      say({ code: error.code });
    }
  },

  list() {
    using store = openSqliteStore({ folder, readOnly: true });
    say(store.list().map(({ runId, status }) => `${runId} ${status}`));
  },

  open() {
    try {
      openSqliteStore({ folder })[Symbol.dispose]();
      say('opened');
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      say({ code: error.code, message: error.message });
    }
  },

  /** Fills the disk beside a state with runs, and asks of it what makes room and what stops a run. */
  useReserve() {
    const runs = Array.from({ length: 150 }, (_, i) => `r${i}`);
    {
      using store = openSqliteStore({ folder });
      for (const run of runs) {
        store.begin(newRun(run, { request: requestWith({ params: { of: 'x'.repeat(5_000) } }) }));
        store.append(run, [started(run), taskSucceeded(run, 'x')]);
        store.release(run);
      }
    }
    const ballast = openSync(join(dirname(folder), 'ballast'), 'w');
    try {
      for (;;) writeSync(ballast, Buffer.alloc(4_096));
    } catch {
      // The disk is full.
    }
    VERBS['open']?.();
    using store = withReserve(folder, () => openSqliteStore({ folder }));
    store.askToCancel('r0', { how: 'drain', reason: 'test' });
    say({ removed: store.remove(runs.slice(1)).length, left: store.list().length });
  },

  /** Appends until the disk is full, makes room, and goes on. */
  fillDisk() {
    const ballast = join(dirname(folder), 'ballast');
    writeFileSync(ballast, Buffer.alloc(400_000));
    using store = openSqliteStore({ folder });
    begin(store, 'a');
    let acknowledged = 1;
    try {
      for (;;) {
        store.append(
          'a',
          Array.from({ length: 50 }, (_, i) => taskSucceeded('a', `t${i}`)),
        );
        acknowledged += 50;
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      say({ code: error.code, message: error.message });
    }
    rmSync(ballast);
    store.append('a', [taskSucceeded('a', 'last')]);
    say({ lost: acknowledged + 1 - [...store.read('a')].length });
    using db = new DatabaseSync(join(folder, 'state.db'));
    say(db.prepare('PRAGMA integrity_check').get()?.['integrity_check']);
  },
};

function begin(store: RunStore, run: string): void {
  store.begin(newRun(run, { owner: thisProcess() }));
  store.append(run, [started(run)]);
}

if (process.env['DP_TEST_WAIT'] !== undefined) {
  say('ready');
  readSync(0, new Uint8Array(1)); // until the test closes the pipe
}
VERBS[verb]?.();
