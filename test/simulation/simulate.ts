/**
 * The engine in random histories, for a minute: `make simulate`. With SEED=n one history, told from beginning to end;
 * with SECONDS_LONG=n so long. Ends with 1 when an invariant does not hold, and tells the smallest history found that breaks it.
 */
import { randomSubject } from './random-pipeline.ts';
import { drawScenario } from '../../src/simulation/scenario.ts';
import { shrink, trialText, tryOut, type Trial } from '../../src/simulation/trial.ts';

const tried = (seed: number): Promise<Trial> => tryOut(drawScenario(seed, randomSubject(seed)));

const { SEED, SECONDS_LONG = '60' } = process.env;
process.exitCode = SEED === undefined ? await many(Number(SECONDS_LONG)) : await one(Number(SEED));

async function one(seed: number): Promise<number> {
  const trial = await tried(seed);
  process.stdout.write(trialText(trial));
  return trial.violations.length === 0 ? 0 : tellSmallest(trial);
}

async function many(seconds: number): Promise<number> {
  const from = Date.now() % 2 ** 31;
  const began = performance.now();
  let histories = 0;
  for (; performance.now() - began < seconds * 1_000; histories++) {
    const trial = await tried(from + histories);
    if (trial.violations.length > 0) return tellSmallest(trial);
  }
  const perMinute = Math.round((histories / (performance.now() - began)) * 60_000);
  process.stdout.write(
    `${histories} histories from seed ${from} on, ${perMinute} a minute: every invariant held\n`,
  );
  return 0;
}

async function tellSmallest(trial: Trial): Promise<number> {
  process.stdout.write(`\n${trialText(await shrink(trial))}`);
  process.stdout.write(`\nthe same again: make simulate SEED=${trial.scenario.seed}\n`);
  return 1;
}
