/**
 * Simulation: a scenario comes in; the histories of its runs go out.
 * The executor is the real one; clock, threads, disk and faults are simulated. It waits for no real time, and judges nothing.
 */
import type { RunId } from '../model/ids.ts';
import { MemoryRunStore, MemoryState } from '../store/memory.ts';
import { Chance } from './chance.ts';
import type { RunHistory } from './history.ts';
import { Holder } from './holder.ts';
import type { Scenario } from './scenario.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { SimulatedResults } from './simulated-results.ts';

/** Runs a scenario. The same scenario gives the same histories. */
export async function simulate(scenario: Scenario): Promise<readonly RunHistory[]> {
  const machine = new Machine(scenario);
  const runs = [await machine.run('run-1')];
  if (scenario.runsTwice) runs.push(await machine.run('run-2'));
  return machine.histories(runs);
}

/** Number of times that a run which did not succeed is resumed without any fault. */
const CALM_HOLDERS = 2;
/** More steps than any history needs: one that never ends counts as stuck. */
const MOST_STEPS = 50_000;
const BEGINNING = Date.UTC(2026, 0, 1);

class Machine {
  readonly #scenario: Scenario;
  readonly #chance: Chance;
  readonly #clock = new SimulatedClock(BEGINNING);
  readonly #state = new MemoryState();
  readonly #results = new SimulatedResults();
  readonly #processes: SimulatedProcess[] = [];

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#chance = new Chance(scenario.seed);
    for (const output of scenario.subject.given ?? []) this.#results.save(output);
    this.#results.flush();
  }

  async run(runId: RunId): Promise<RunHistory> {
    const { settings } = this.#scenario;
    const history: RunHistory = { runId, settings, facts: [], record: [] };
    const holders: Holder[] = [];
    for (let calm = 0; calm < CALM_HOLDERS;) {
      const holder = this.#newHolder(history);
      holders.push(holder);
      if (holder.faults.length === 0) calm++;
      await this.#untilItEnds(holder);
      if (holder.end === 'stuck' || holder.hasSucceeded) break;
      if (holder.hasLostPower) this.#powerCut();
    }
    // A process that was stopped and continues only now finds that another one holds the run.
    for (let steps = 0; steps < MOST_STEPS && this.#clock.step(); steps++) await settled();
    for (const holder of holders) if (holder.process.state === 'running') holder.stuck();
    return history;
  }

  /** Returns the histories with the events on record at the end. */
  histories(runs: readonly RunHistory[]): RunHistory[] {
    const store = new MemoryRunStore(this.#state, () => false);
    return runs.map((run) => ({
      ...run,
      record: [...store.read(run.runId)].map(({ event }) => event),
    }));
  }

  #newHolder(history: RunHistory): Holder {
    const number = this.#processes.length + 1;
    const faults = this.#scenario.faults.filter(({ holder }) => holder === number);
    const ends = faults.map((fault) => ('atPoint' in fault ? fault.atPoint : Infinity));
    const process = new SimulatedProcess(number, Math.min(...ends));
    this.#processes.push(process);
    for (const fault of faults) if (fault.is === 'damage') this.#damage(fault.share, number);
    const isAlive = ({ pid }: { pid: number }): boolean =>
      this.#processes[pid - 1]?.state === 'running';
    return new Holder(
      {
        scenario: this.#scenario,
        chance: this.#chance,
        clock: this.#clock,
        state: this.#state,
        store: new MemoryRunStore(this.#state, isAlive),
        results: this.#results,
        process,
        faults,
      },
      history,
    );
  }

  #damage(share: number, number: number): void {
    this.#results.damage((name) => this.#chance.happens(share, `damage ${number} ${name}`));
  }

  async #untilItEnds(holder: Holder): Promise<void> {
    await holder.takeUp();
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      await settled();
      if (holder.process.state === 'gone') holder.vanished();
      if (holder.end !== undefined) return;
      if (!this.#clock.step()) break;
    }
    holder.stuck();
  }

  /** Kills every process of the machine; some of what was not flushed is lost. */
  #powerCut(): void {
    const number = this.#processes.length;
    for (const process of this.#processes) process.state = 'gone';
    this.#state.powerCut(this.#chance.between(0, this.#state.unflushed, `power cut ${number}`));
    this.#results.powerCut((name) => this.#chance.happens(0.5, `power cut ${number} ${name}`));
  }
}

/** Settles when everything has happened that can happen without time passing. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
