/** Rounds of a storm: drawn steps become processes, signals hit them, and when all have ended everything is checked. */
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chance } from '../../src/simulation/chance.ts';
import type { Dp, Said } from './aftermath.ts';
import type { Call } from './real-dp.ts';
import {
  badEnd,
  calmDown,
  leftBehind,
  listed,
  type ListedRun,
  type Performed,
} from './storm-checks.ts';
import { BROKEN, writeStormProject } from './storm-project.ts';
import { ARCHIVE, drawRound, type State, STATES, type Step } from './storm-steps.ts';

export interface StormOptions {
  /** Folder for the project and for what dp derives. */
  readonly home: string;
  readonly seed: number;
  /** Calls dp with these words. */
  readonly call: (words: readonly string[], more: Omit<Call, 'command'>) => Promise<Said>;
}

export class Storm {
  readonly folder: string;
  readonly #options: StormOptions;
  readonly #chance: Chance;
  readonly #compared: Readonly<Record<State, Map<string, number>>> = { a: new Map(), b: new Map() };
  #runs: Readonly<Record<State, readonly ListedRun[]>> = { a: [], b: [] };
  readonly #counts = { steps: 0, hit: 0 };

  constructor(options: StormOptions) {
    this.#options = options;
    this.#chance = new Chance(options.seed);
    this.folder = join(options.home, 'storm');
    writeStormProject(this.folder);
  }

  /** Returns what is wrong after the round. */
  async round(round: number): Promise<string[]> {
    const archives = readdirSync(this.folder)
      .filter((name) => ARCHIVE.test(name))
      .toSorted();
    const idsOf = (state: State): string[] => this.#runs[state].map(({ runId }) => runId);
    const known = { runs: { a: idsOf('a'), b: idsOf('b') }, archives };
    if (this.#chance.happens(0.5, `${round} broken`)) writeFileSync(join(this.folder, BROKEN), '');
    const lines = drawRound(this.#chance, round, known);
    const performed = (await Promise.all(lines.map((line) => this.#perform(line)))).flat();
    rmSync(join(this.folder, BROKEN), { force: true });
    this.#counts.steps += performed.length;
    this.#counts.hit += performed.filter(({ hit }) => hit.size > 0).length;
    const killed = performed.filter(({ hit }) => hit.has('SIGKILL'));
    const wrong = performed.flatMap(badEnd);
    wrong.push(...(await leftBehind(this.folder, new Set(killed.map(({ pid }) => pid)))));
    for (const state of STATES) wrong.push(...(await this.#calmDown(state, performed)));
    wrong.push(...(await this.#travel(round)));
    this.#runs = { a: await listed(this.#dp('a')), b: await listed(this.#dp('b')) };
    return wrong;
  }

  told(): string {
    const runs = this.#runs.a.length + this.#runs.b.length;
    return `${this.#counts.steps} calls so far, ${this.#counts.hit} of them disturbed; ${runs} runs are on record`;
  }

  async #perform(line: readonly Step[]): Promise<Performed[]> {
    const performed: Performed[] = [];
    for (const step of line) {
      const hit = new Set<NodeJS.Signals>();
      let pid = 0;
      const timers: NodeJS.Timeout[] = [];
      const started = (child: ChildProcess): void => {
        pid = child.pid ?? 0;
        for (const { signal, afterMs } of step.signals)
          timers.push(setTimeout(() => child.kill(signal) && hit.add(signal), afterMs));
      };
      const said = await this.#options.call(step.words, { ...this.#surroundings(), started });
      for (const timer of timers) clearTimeout(timer);
      performed.push({ step, said, pid, hit });
    }
    return performed;
  }

  #calmDown(state: State, performed: readonly Performed[]): Promise<string[]> {
    const here = performed.filter(({ step }) => step.state === state);
    const begun = here
      .filter(({ step, said }) => step.verb === 'run' && [0, 1, 130, 143].includes(said.code ?? -1))
      .filter(({ hit, said }) => hit.size === 0 || said.code === 0 || said.code === 1)
      .map(({ step }) => step.words[step.words.indexOf('--run-id') + 1]!);
    return calmDown({
      folder: this.folder,
      state,
      dp: this.#dp(state),
      known: this.#runs[state],
      begun: new Set(begun),
      isCollected: here.some(({ step }) => step.verb === 'gc'),
      compared: this.#compared[state],
    });
  }

  /** A run goes into another state and out again: both archives are the same to the byte. */
  async #travel(round: number): Promise<string[]> {
    const runs = await listed(this.#dp('a'));
    if (runs.length === 0) return [];
    const { runId } = this.#chance.one(runs, `${round} travels`);
    const said = [
      await this.#dp('a')('export', runId, '-o', 'out.tar'),
      await this.#dp('away')('import', 'out.tar'),
      await this.#dp('away')('export', runId, '-o', 'again.tar'),
    ];
    const inFolder = (name: string): string => join(this.folder, name);
    const isSame =
      said.every(({ code }) => code === 0) &&
      readFileSync(inFolder('out.tar')).equals(readFileSync(inFolder('again.tar')));
    rmSync(inFolder('away'), { recursive: true, force: true });
    return isSame
      ? []
      : [`run ${runId} is not the same after a journey: ${said.map(({ err }) => err).join('')}`];
  }

  #dp(state: string): Dp {
    return (...words) => this.#options.call([...words, '--state-dir', state], this.#surroundings());
  }

  #surroundings(): Omit<Call, 'command'> {
    return { cwd: this.folder, cache: join(this.#options.home, 'cache') };
  }
}
