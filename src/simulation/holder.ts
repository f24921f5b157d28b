/** A simulated process that takes hold of a run and executes it until the run ends, or the process gives up, vanishes or is stopped. */
import { isLifecycle, type Event, type RecordedEvent } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { TaskName } from '../model/ids.ts';
import type { Plan } from '../model/plan.ts';
import type { ResultRef } from '../model/result.ts';
import { foldRun, type RunRecord } from '../model/run.ts';
import type { History as Past } from '../planner/planner.ts';
import type { MemoryState } from '../store/memory.ts';
import type { RunStore } from '../store/run-store.ts';
import type { Clock } from '../lib/clock.ts';
import { Execution } from '../executor/execution.ts';
import { beginRun, takeUpRun, type RunHold, type HoldPorts } from '../executor/hold.ts';
import type { RunRecords, StoredResults } from '../executor/run/ports.ts';
import type { Chance } from './chance.ts';
import type { RunHistory, What } from './history.ts';
import type { Scenario, WorldFault } from './scenario.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import { simulatedExpressions } from './simulated-expressions.ts';
import { SimulatedProcess, Vanished } from './simulated-process.ts';
import type { SimulatedResults } from './simulated-results.ts';
import { SimulatedWorkforce } from './simulated-workforce.ts';

/** The simulated machine, as one process sees it. */
export interface MachineView {
  readonly scenario: Scenario;
  readonly chance: Chance;
  readonly clock: SimulatedClock;
  readonly state: MemoryState;
  readonly store: RunStore;
  readonly results: SimulatedResults;
  readonly process: SimulatedProcess;
  readonly faults: readonly WorldFault[];
}

type End = 'ended' | 'gave_up' | 'vanished' | 'stopped' | 'stuck';

/** Greatest time that loading a result takes. */
const LOADING_MS = 20;

export class Holder {
  readonly #world: MachineView;
  readonly #history: RunHistory;
  readonly #clock: Clock;
  readonly #stored = new Set<string>();
  #writes = 0;
  #turns = 0;
  #loads = 0;
  #end: End | undefined;
  #status: 'succeeded' | 'failed' | 'cancelled' | undefined;

  constructor(world: MachineView, history: RunHistory) {
    this.#world = world;
    this.#history = history;
    const { clock, process, chance } = world;
    const number = process.owner.pid;
    const soonMs = (): number => (chance.happens(0.5, `soon ${number} ${++this.#turns}`) ? 1 : 0);
    this.#clock = clock.of(process, soonMs);
  }

  /** The end of the run for this holder; undefined while it runs. */
  get end(): End | undefined {
    return this.#end;
  }

  get faults(): readonly WorldFault[] {
    return this.#world.faults;
  }

  get process(): SimulatedProcess {
    return this.#world.process;
  }

  /** The whole machine lost power. */
  get hasLostPower(): boolean {
    return this.#end === 'vanished' && this.faults.some(({ is }) => is === 'power_cut');
  }

  get hasSucceeded(): boolean {
    return this.#status === 'succeeded';
  }

  /** Begins or resumes the run. */
  async takeUp(): Promise<void> {
    try {
      const plan = this.#world.scenario.subject.plan(this.#past());
      this.#befall(this.#execute(plan, await this.#hold(plan)));
    } catch (error) {
      if (!(error instanceof Vanished)) throw error;
    }
  }

  vanished(): void {
    if (this.#end === undefined) this.#close('vanished');
  }

  /** Called when nothing is due any more. */
  stuck(): void {
    if (this.#end !== 'stuck') this.#close('stuck');
  }

  #close(is: 'vanished' | 'stopped' | 'stuck'): void {
    this.#end = is;
    this.#note({ is });
  }

  async #hold(plan: Plan): Promise<RunHold> {
    const { runId } = this.#history;
    const ports = this.#holdPorts();
    const hold =
      this.#world.store.get(runId) === undefined
        ? beginRun(ports, plan, { runId, request: new Uint8Array() })
        : await takeUpRun(ports, runId);
    const { epoch, earlier } = hold;
    const sound = this.#sound(foldRun(runId, this.#recorded()));
    this.#note({ is: 'held', plan, epoch, earlier, sound });
    return hold;
  }

  #holdPorts(): HoldPorts {
    const { store, process, results } = this.#world;
    const passing = <T>(act: () => T): T => {
      process.pass();
      const done = act();
      process.pass();
      return done;
    };
    return {
      store: {
        begin: (run) => passing(() => store.begin(run)),
        acquire: (run, owner) => passing(() => store.acquire(run, owner)),
        read: (run, after) => store.read(run, after),
        release: (run) => store.release(run),
      },
      io: { has: async (ref) => results.isWhole(ref) },
      clock: this.#clock,
      owner: process.owner,
    };
  }

  #past(): Past {
    const { store, results, scenario } = this.#world;
    if (!scenario.settings.cache.read) return { cached: () => undefined, last: () => undefined };
    return {
      cached: (key) => {
        const entries = store.cached(key, this.#clock.now());
        return entries.find(({ output }) => results.isWhole(output));
      },
      last: () => undefined,
    };
  }

  #recorded(): RecordedEvent[] {
    return [...this.#world.store.read(this.#history.runId)].map(({ event }) => event);
  }

  /** Returns the tasks whose last event is a success and whose results are there. A cancelled run is no event of a task. */
  #sound({ hooks }: RunRecord): Set<TaskName> {
    const outputs = new Map<TaskName, ResultRef>();
    for (const event of this.#recorded()) {
      if (event.task === undefined || event.element !== undefined || !isLifecycle(event)) continue;
      // Hooks run at every end of a run.
      if (hooks.has(event.task)) continue;
      if (event.topic === 'run.task.succeeded' || event.topic === 'run.task.cached')
        outputs.set(event.task, event.data.output);
      else if (event.topic !== 'run.task.cancelled') outputs.delete(event.task);
    }
    const sound = [...outputs].filter(([, output]) => this.#world.results.isWhole(output));
    return new Set(sound.map(([name]) => name));
  }

  #execute(plan: Plan, hold: RunHold): Execution {
    const { scenario, chance, process, results } = this.#world;
    const { runId, settings } = this.#history;
    const { mishaps, sendsAhead, subject } = scenario;
    const { durations } = subject;
    const request = {
      ...settings,
      ...hold,
      plan,
      at: 0,
      env: {},
      declaredEnv: {},
      secrets: [],
      surroundings: { envDigest: '', env: {}, nodeMajor: 26 },
    };
    const execution = new Execution(request, {
      store: this.#records(),
      broker: { publish: (_topic, event) => this.#told(event) },
      io: this.#io(),
      files: {
        declared: () => [],
        notesOf: async () => [],
        hold: () => true,
        putBack: async () => true,
      },
      expressions: simulatedExpressions(plan, subject, chance),
      clock: this.#clock,
      workforce: (listener) =>
        new SimulatedWorkforce({
          runId,
          epoch: hold.epoch,
          settings,
          clock: this.#clock,
          process,
          results,
          listener,
          sendsAhead,
          chance,
          mishaps,
          ...(durations === undefined ? {} : { durations }),
          note: (what) => this.#note(what),
        }),
    });
    void this.#follow(execution, plan);
    return execution;
  }

  async #follow({ ended }: Execution, { tasks }: Plan): Promise<void> {
    const { process, store, state, results } = this.#world;
    try {
      const ending = await ended;
      if (process.state === 'gone') return;
      const { tasks: records } = foldRun(this.#history.runId, this.#recorded());
      const names = tasks.map(({ name }) => name);
      const unsafe = names.filter((name) => {
        const output = records.get(name)?.output;
        return output !== undefined && !results.isFlushed(output);
      });
      this.#note({ is: 'ended', ending, unsafe, isRecordSafe: state.unflushed === 0 });
      this.#status = ending.status;
      this.#end ??= 'ended';
    } catch (error) {
      if (process.state === 'gone') return;
      this.#note({ is: 'gave_up', error });
      this.#end ??= 'gave_up';
      store[Symbol.dispose]();
    }
    process.state = 'gone';
  }

  // --- The ports of the executor --------------------------------------------------------------------

  #records(): RunRecords {
    const { store } = this.#world;
    return {
      append: (run, events, reusable) => {
        this.#write(() => this.#append(run, events, reusable));
        for (const { id } of events) this.#stored.add(id);
        this.#note({ is: 'stored', events });
        this.#world.process.pass();
      },
      release: (run) => this.#write(() => store.release(run)),
      flush: () => this.#write(() => store.flush()),
      cached: (key, now) => store.cached(key, now),
      slots: {
        take: (slot, most, now) => this.#write(() => store.slots.take(slot, most, now)),
        giveBack: (slot) => this.#write(() => store.slots.giveBack(slot)),
        held: () => store.slots.held(),
        waiting: () => store.slots.waiting(),
      },
      bus: store.bus,
    };
  }

  #append(...given: Parameters<RunStore['append']>): void {
    try {
      this.#world.store.append(...given);
    } catch (error) {
      this.#note({ is: 'refused' });
      throw error;
    }
  }

  #io(): StoredResults {
    const { results } = this.#world;
    return {
      has: (ref) => this.#later(() => results.isWhole(ref)),
      load: (ref) => this.#later(() => results.load(ref)),
      flush: () => this.#later(() => this.#write(() => results.flush())),
    };
  }

  /** Writes, unless the disk is full; a full disk stays full. */
  #write<T>(act: () => T): T {
    const { process, faults } = this.#world;
    process.pass();
    this.#writes++;
    const isFull = faults.some(
      (fault) => fault.is === 'disk_full' && this.#writes >= fault.atWrite,
    );
    if (isFull) throw new Fault('DP8002', 'no space left on the simulated disk');
    return act();
  }

  async #later<T>(act: () => T): Promise<T> {
    const { chance, process } = this.#world;
    const name = `load ${process.owner.pid} ${++this.#loads}`;
    await new Promise<void>((resolve) => {
      this.#clock.after(chance.between(0, LOADING_MS, name), resolve);
    });
    return act();
  }

  #told(event: Event): void {
    const isStored = this.#stored.has(event.id);
    this.#note({ is: 'told', event: event as RecordedEvent, isStored });
  }

  // --- Faults -------------------------------------------------------------------------------------

  #befall(execution: Execution): void {
    for (const fault of this.#world.faults) {
      if (fault.is === 'stop') this.#at(fault.at, () => this.#stop(fault.forMs));
      else if (fault.is === 'clock_jump')
        this.#at(fault.at, () => this.#world.clock.jump(fault.by));
      else if (fault.is === 'cancel')
        this.#at(fault.at, () => {
          this.#note({ is: 'cancel', how: fault.how });
          execution.cancel('cancelled by the simulation', fault.how);
        });
    }
  }

  #at(delayMs: number, act: () => void): void {
    this.#world.clock.after(this.#world.process, delayMs, act);
  }

  #stop(forMs: number): void {
    const { clock, process } = this.#world;
    process.state = 'stopped';
    this.#close('stopped');
    clock.after(OUTSIDE, forMs, () => {
      if (process.state === 'stopped') clock.continue(process);
    });
  }

  #note(what: What): void {
    const { clock, process } = this.#world;
    this.#history.facts.push({ at: clock.elapsed, holder: process.owner.pid, ...what });
  }
}

/** The process that continues a stopped one. */
const OUTSIDE = new SimulatedProcess(0);
