/**
 * The scheduler in made-up histories: two daemons with the real loop decide on one simulated state, while the clock is set, processes
 * die at any write, people pause, resume, edit and fire, and runs begin and end. A seed comes in; what happened goes out,
 * with each invariant that did not hold.
 */
import { Fault } from '../../src/model/fault.ts';
import type { Catchup, OverlapPolicy } from '../../src/model/pipeline.ts';
import type { QueuedRun } from '../../src/model/queued-run.ts';
import type { DecidedTick } from '../../src/model/tick.ts';
import type { TriggerDefinition } from '../../src/model/trigger-definition.ts';
import { tickRunId } from '../../src/model/ids.ts';
import { fire, pause, resume } from '../../src/scheduler/control.ts';
import { ledgerContradictions } from '../../src/scheduler/ledger-proof.ts';
import type { TickLoop } from '../../src/scheduler/tick-loop.ts';
import { Chance } from '../../src/simulation/chance.ts';
import type { LedgerTransaction } from '../../src/store/tick-ledger.ts';
import { everyFiveMinutes, HOUR, LoopRig, MINUTE } from '../scheduler/loop-rig.ts';
import { owner } from '../store/samples.ts';

export interface ScheduleHistory {
  readonly seed: number;
  readonly told: readonly string[];
  readonly violations: readonly string[];
  /** Number of rows in the ledger at the end. */
  readonly rows: number;
}

const STEPS = 25;
const DAY = 24 * HOUR;
const NAMES = ['a', 'b', 'c'] as const;

export async function scheduleHistory(seed: number): Promise<ScheduleHistory> {
  const history = new History(seed);
  await history.play();
  const { told, violations, rows } = history;
  return { seed, told, violations, rows };
}

/** Ends a process in the middle of a transaction. */
class Death extends Error {}

class History {
  readonly told: string[] = [];
  readonly violations: string[] = [];
  readonly #chance: Chance;
  readonly #rig = new LoopRig();
  readonly #definitions = new Map<string, TriggerDefinition>();
  readonly #loops: TickLoop[] = [];
  readonly #running: QueuedRun[] = [];
  /** Rows that were seen, by trigger and firing. */
  readonly #seen = new Map<string, string>();
  #pid = 10;
  #isLed = false;
  /** Number of the write at which the deciding process dies; undefined: none. */
  #deathAt: number | undefined;

  constructor(seed: number) {
    this.#chance = new Chance(seed);
    this.#rig.loop.stop();
    this.#dyingAtWrites();
  }

  get rows(): number {
    return this.#rig.store.ledger.ticks().length;
  }

  async play(): Promise<void> {
    for (const name of NAMES) this.#definitions.set(name, this.#drawTrigger(name, 0));
    this.#useDefinitions();
    await this.#takeOver();
    for (let step = 1; step <= STEPS; step++) {
      await this.#step(step);
      this.#check();
    }
    // What is still to be decided is decided by a process that lives.
    this.#deathAt = undefined;
    await this.#takeOver();
    this.#rig.clock.pass(2 * MINUTE);
    this.#check();
  }

  async #step(step: number): Promise<void> {
    const { clock } = this.#rig;
    const what = this.#chance.one(
      [
        'pass',
        'pass',
        'pass',
        'begin',
        'begin',
        'end',
        'death',
        'takeover',
        'step',
        'pause',
        'resume',
        'edit',
        'remove',
        'fire',
      ] as const,
      `step ${step}`,
    );
    const name = this.#chance.one(NAMES, `name ${step}`);
    const trigger = `p/${name}`;
    this.told.push(`${new Date(clock.now()).toISOString()} ${what} ${name}`);
    switch (what) {
      case 'pass':
        clock.pass(this.#chance.one([MINUTE, 17 * MINUTE, 3 * HOUR, DAY], `pass ${step}`));
        break;
      case 'step':
        clock.step(
          this.#chance.one([-HOUR, -5 * MINUTE, 7 * MINUTE, 5 * HOUR, 40 * DAY], `by ${step}`),
        );
        break;
      case 'begin':
        this.#begin();
        break;
      case 'end':
        this.#end();
        break;
      case 'death':
        this.#deathAt = this.#chance.between(1, 12, `death ${step}`);
        break;
      case 'takeover':
        await this.#takeOver();
        break;
      case 'edit':
        this.#definitions.set(name, this.#drawTrigger(name, step));
        await this.#changed();
        break;
      case 'remove':
        this.#definitions.delete(name);
        await this.#changed();
        break;
      case 'pause':
        await this.#asked(() => pause(trigger, { author: 'ann' }, this.#rig.control));
        break;
      case 'resume':
        await this.#asked(() => resume(trigger, this.#rig.control));
        break;
      case 'fire':
        await this.#asked(() =>
          fire(trigger, { identity: `${step}`, at: clock.now(), params: {} }, this.#rig.control),
        );
        break;
    }
  }
  /** Another daemon takes the one that leads for dead. That one may go on, and must not decide anything any more. */
  async #takeOver(): Promise<void> {
    const { clock, store, dead } = this.#rig;
    dead.add(this.#pid);
    const who = {
      kind: 'daemon',
      owner: owner(++this.#pid),
      since: clock.now(),
      version: '1',
    } as const;
    const epoch = store.processes.lead(store.processes.enter(who));
    if (epoch === undefined) this.violations.push('nobody leads after the death of the leader');
    const loop = this.#rig.newLoop(() => epoch);
    this.#loops.push(loop);
    this.#isLed = true;
    await loop.start();
  }

  async #changed(): Promise<void> {
    this.#useDefinitions();
    if (this.#isLed) await this.#loops.at(-1)?.changed();
  }

  #useDefinitions(): void {
    this.#rig.definitions = [...this.#definitions.values()];
  }

  async #asked(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Death || error instanceof Fault)) throw error;
    }
  }

  /** Every process dies with the transaction in which it stands. */
  #dyingAtWrites(): void {
    const { ledger } = this.#rig.store;
    const write = ledger.write.bind(ledger);
    ledger.write = (epoch, work) =>
      write(epoch, (transaction) => work(countingWrites(transaction, () => this.#write())));
  }

  #write(): void {
    if (this.#deathAt === undefined || --this.#deathAt > 0) return;
    this.#deathAt = undefined;
    for (const loop of this.#loops) loop.stop();
    this.#isLed = false;
    this.told.push('  dies in a transaction');
    throw new Death();
  }

  #begin(): void {
    const run = this.#rig.beginNext();
    if (run === undefined) return;
    for (const { name, most } of run.lanes ?? []) {
      const others = this.#running.filter(({ lanes }) => lanes?.some((lane) => lane.name === name));
      if (others.length >= most)
        this.violations.push(`run ${run.runId} began in the full lane ${name}`);
    }
    this.#running.push(run);
  }

  #end(): void {
    const run = this.#running.shift();
    if (run !== undefined) this.#rig.end(run.runId);
  }

  #check(): void {
    const { ledger } = this.#rig.store;
    const fired = new Map<string, string>();
    for (const record of ledger.triggers()) {
      const { trigger } = record;
      const rows = ledger.ticks({ trigger });
      const proved = { record, windows: ledger.windows(trigger), rows };
      this.violations.push(...ledgerContradictions(proved, '2026c'));
      for (const row of rows) this.#checkRow(row, fired);
      this.#checkCaughtUp(rows);
    }
    for (const { runId, startedBy } of this.#rig.store.list())
      if (
        startedBy?.by === 'trigger' &&
        fired.get(runId) !== `${startedBy.trigger} ${startedBy.tick}`
      )
        this.violations.push(`run ${runId} has no row of its own`);
    if (this.#isLed) this.#checkProgress();
  }

  #checkRow(
    { trigger, firing, at, verdict, decidedAt }: DecidedTick,
    fired: Map<string, string>,
  ): void {
    const name = `${trigger} ${firing}`;
    const before = this.#seen.get(name);
    const now = JSON.stringify(verdict);
    if (before !== undefined && before !== now)
      this.violations.push(`${name} had ${before} and has ${now}`);
    this.#seen.set(name, now);
    if (verdict.outcome !== 'fired') return;
    if (fired.has(verdict.runId)) this.violations.push(`two rows have run ${verdict.runId}`);
    fired.set(verdict.runId, name);
    if (this.#rig.store.get(verdict.runId) === undefined)
      this.violations.push(`${name} has no run`);
    const late = decidedAt - at;
    if (verdict.because === 'due' && (late < 0 || late > MINUTE))
      this.violations.push(`${name} is called due ${late} ms late`);
    if (
      verdict.because !== 'by_hand' &&
      verdict.runId !== tickRunId(trigger, firing, Date.parse(firing))
    )
      this.violations.push(`the id of run ${verdict.runId} does not follow from ${name}`);
  }

  #checkCaughtUp(rows: readonly DecidedTick[]): void {
    const caughtUp = rows.filter(
      ({ verdict }) => verdict.outcome === 'fired' && verdict.because === 'caught_up',
    );
    for (const [decidedAt, together] of Map.groupBy(caughtUp, (row) => row.decidedAt))
      if (together.length > MOST_CAUGHT_UP)
        this.violations.push(`${together.length} ticks were caught up on at ${decidedAt}`);
  }

  /** A leader has an armed instant for each trigger. */
  #checkProgress(): void {
    for (const { trigger, definition, armed } of this.#rig.store.ledger.triggers()) {
      if (definition === null) continue;
      if (armed === null) this.violations.push(`${trigger} is not armed`);
    }
  }

  #drawTrigger(name: string, step: number): TriggerDefinition {
    const draw = <T>(choices: readonly T[], what: string): T =>
      this.#chance.one(choices, `${what} of ${name} at ${step}`);
    const told = {
      every: draw([300, 420, 3_600], 'every'),
      jitter: draw([0, 0, 600], 'jitter'),
      overlap: draw<OverlapPolicy>(
        [
          { mode: 'skip' },
          { mode: 'allow' },
          { mode: 'cancel_running' },
          { mode: 'queue', max: 2 },
        ],
        'overlap',
      ),
      catchup: draw<Catchup>(
        [
          { mode: 'none', limit: 0, window: null },
          { mode: 'last', limit: 1, window: null },
          { mode: 'all', limit: MOST_CAUGHT_UP, window: 3_600 },
          { mode: 'all', limit: MOST_CAUGHT_UP, window: null },
        ],
        'catchup',
      ),
    };
    const periodic = everyFiveMinutes(told, name);
    if (!draw([true, false, false], 'cron')) return periodic;
    const { every: _every, ...policies } = told;
    const common = { ...everyFiveMinutes().spec, ...policies, name };
    const dst = { gap: 'run_after', fold: 'first' } as const;
    const spec = {
      ...common,
      is: 'cron',
      cron: ['30 2 * * *', '*/20 * * * *'],
      timezone: 'Europe/Berlin',
      dst,
    } as const;
    return { ...periodic, spec: spec as TriggerDefinition['spec'] };
  }
}

const MOST_CAUGHT_UP = 3;

const WRITES: ReadonlySet<string | symbol> = new Set([
  'put',
  'add',
  'extend',
  'openWindow',
  'closeWindow',
  'enqueue',
  'cancel',
]);

function countingWrites(transaction: LedgerTransaction, count: () => void): LedgerTransaction {
  return new Proxy(transaction, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...given: unknown[]): unknown => {
        if (WRITES.has(name)) count();
        return Reflect.apply(method, target, given);
      };
    },
  });
}
