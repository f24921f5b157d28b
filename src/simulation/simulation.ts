/**
 * Simulation: a scenario comes in, the histories of its runs go out.
 * The engine is the real one; clock, threads, disk and misfortunes are made up. It waits for nothing, and judges nothing.
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

/** The same scenario gives the same histories. */
export async function simulate(scenario: Scenario): Promise<readonly RunHistory[]> {
  const machine = new Machine(scenario);
  const runs = [await machine.run('run-1')];
  if (scenario.runsTwice) runs.push(await machine.run('run-2'));
  return machine.histories(runs);
}

/** A run that did not succeed is taken up again, so often without any misfortune. */
const CALM_HOLDERS = 2;
/** More than any history needs: one that goes on for ever is stuck, too. */
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
    // Whoever was stopped, and goes on only now, finds the run taken.
    for (let steps = 0; steps < MOST_STEPS && this.#clock.step(); steps++) await settled();
    for (const holder of holders) if (holder.process.state === 'running') holder.stuck();
    return history;
  }

  /** With what is on record in the end. */
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

  /** The machine goes down with everybody on it; of what was not flushed, some is there afterwards. */
  #powerCut(): void {
    const number = this.#processes.length;
    for (const process of this.#processes) process.state = 'gone';
    this.#state.powerCut(this.#chance.between(0, this.#state.unflushed, `power cut ${number}`));
    this.#results.powerCut((name) => this.#chance.happens(0.5, `power cut ${number} ${name}`));
  }
}

/** Everything that can happen without time passing has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
