/** Draws what the processes of a storm do: a seed and the runs that are known come in, calls of dp and signals to them go out. */
import type { Chance } from '../../src/simulation/chance.ts';
import { PIPELINES } from './storm-project.ts';

/** State directories in the project's folder: the second one receives imports, too. */
export const STATES = ['a', 'b'] as const;
export type State = (typeof STATES)[number];

/** Number of the newest runs that a gc of the storm keeps. */
export const KEPT_RUNS = 12;

export interface Step {
  readonly verb: string;
  readonly words: readonly string[];
  readonly state: State;
  readonly signals: readonly TimedSignal[];
}

export interface TimedSignal {
  readonly signal: NodeJS.Signals;
  readonly afterMs: number;
}

/** What exists when a round begins. */
export interface Known {
  readonly runs: Readonly<Record<State, readonly string[]>>;
  /** Names of exported archives in the project's folder. */
  readonly archives: readonly string[];
}

/** Returns the steps of each process line: lines go on at the same time, the steps of a line one after the other. */
export function drawRound(chance: Chance, round: number, known: Known): Step[][] {
  const lines = chance.between(3, 5, `${round} lines`);
  return Array.from({ length: lines }, (_, line) =>
    Array.from({ length: chance.between(3, 5, `${round} ${line} steps`) }, (__, step) =>
      drawStep(chance, { round, at: `${round} ${line} ${step}`, known }),
    ),
  );
}

interface Place {
  readonly round: number;
  /** Distinguishes the draws of this step from those of all others. */
  readonly at: string;
  readonly known: Known;
}

const VERBS =
  'run run run run run resume resume retry retry recover cancel cancel gc export export import import doctor fix logs events show runs output pools cache'.split(
    ' ',
  );

function drawStep(chance: Chance, place: Place): Step {
  const { at } = place;
  const verb = chance.one(VERBS, `${at} verb`);
  const state = verb === 'import' || chance.happens(0.2, `${at} state`) ? 'b' : 'a';
  const words = wordsOf(verb, chance, place, state);
  const signals = chance.happens(0.5, `${at} is disturbed`) ? drawSignals(chance, at) : [];
  return { verb, words: [...words, '--state-dir', state], state, signals };
}

function drawSignals(chance: Chance, at: string): TimedSignal[] {
  const afterMs = chance.between(0, 1_500, `${at} moment`);
  const kind = chance.one(['kill', 'kill', 'kill', 'ask', 'interrupt', 'stop'], `${at} signal`);
  switch (kind) {
    case 'kill':
      return [{ signal: 'SIGKILL', afterMs }];
    case 'stop': {
      const goesOn = afterMs + chance.between(50, 1_000, `${at} stopped for`);
      return [
        { signal: 'SIGSTOP', afterMs },
        { signal: 'SIGCONT', afterMs: goesOn },
      ];
    }
    default: {
      const signal = kind === 'ask' ? 'SIGTERM' : 'SIGINT';
      const again = chance.happens(0.3, `${at} twice`) ? [{ signal, afterMs: afterMs + 100 }] : [];
      return [{ signal, afterMs }, ...again] as TimedSignal[];
    }
  }
}

function wordsOf(
  verb: string,
  chance: Chance,
  { round, at, known }: Place,
  state: State,
): string[] {
  const drawn = (): string => {
    const begun = Array.from({ length: IDS_A_ROUND }, (_, n) => runIdOf(round, n, state));
    return chance.one([...begun, ...known.runs[state], 'last'], `${at} run`);
  };
  const jobs = ['-j', String(chance.between(1, 4, `${at} jobs`)), '--grace', '0.5'];
  const durability = chance.happens(0.2, `${at} durable`) ? ['--durability', 'task'] : [];
  switch (verb) {
    case 'run': {
      const n = chance.between(0, IDS_A_ROUND - 1, `${at} id`);
      return ['run', ...requestOf(chance, round, n), '--run-id', runIdOf(round, n, state)].concat(
        jobs,
        durability,
      );
    }
    case 'resume':
      return ['resume', drawn(), ...jobs, ...durability];
    case 'retry': {
      const how = chance.one([[], ['--failed'], ['--from', 'report']], `${at} how`);
      return ['retry', drawn(), ...how, ...jobs];
    }
    case 'recover':
      return ['recover', ...jobs];
    case 'cancel': {
      const how = chance.one([[], ['--kill'], ['--no-wait']], `${at} how`);
      return ['cancel', drawn(), ...how];
    }
    case 'gc':
      return ['gc', '--keep-runs', String(KEPT_RUNS)];
    case 'export': {
      const run = drawn();
      return ['export', run, '-o', archiveOf(run)];
    }
    case 'import':
      return ['import', chance.one([...known.archives, 'none.tar.zst'], `${at} archive`)];
    case 'doctor':
      return ['doctor', '--json'];
    case 'fix':
      return ['doctor', '--fix', '--json'];
    case 'logs':
    case 'events':
      return [verb, drawn(), ...chance.one([[], ['-f']], `${at} follows`)];
    case 'output':
      return ['output', drawn(), 'report', '--json'];
    case 'cache':
      return ['cache', chance.one(['ls', 'verify', 'gc'], `${at} cache`)];
    case 'show':
      return ['show', drawn(), '--json'];
    default:
      return [verb, '--json'];
  }
}

/** Few, so that processes ask for the same run at the same time. */
const IDS_A_ROUND = 8;

export const ARCHIVE = /^r.*\.tar\.zst$/;
const archiveOf = (run: string): string => `r-${run}.tar.zst`;

const runIdOf = (round: number, n: number, state: State): string => `${state}${round}-${n}`;

/** The same id is always asked for with the same pipeline and parameter. */
function requestOf(chance: Chance, round: number, n: number): string[] {
  const pipeline = chance.one(PIPELINES, `${round} ${n} pipeline`);
  return [`${pipeline}.yaml`, '-p', `n=${chance.between(1, 3, `${round} ${n} parameter`)}`];
}
