/**
 * The engine and the scheduler in random histories, for a minute: `make simulate`. With SEED=n one history of the engine, told from
 * beginning to end, with SCHEDULE_SEED=n one of the scheduler; with SECONDS_LONG=n so long. Ends with 1 when an invariant does not hold, and tells the smallest history found that breaks it.
 */
import { randomSubject } from './random-pipeline.ts';
import { drawScenario } from '../../src/simulation/scenario.ts';
import { type ScheduleHistory, scheduleHistory } from './schedule-history.ts';
import { shrink, trialText, tryOut, type Trial } from '../../src/simulation/trial.ts';

const tried = (seed: number): Promise<Trial> => tryOut(drawScenario(seed, randomSubject(seed)));

const { SEED, SCHEDULE_SEED, SECONDS_LONG = '60' } = process.env;
const long = Number(SECONDS_LONG);
if (SCHEDULE_SEED !== undefined)
  process.exitCode = tellSchedule(await scheduleHistory(Number(SCHEDULE_SEED)));
else if (SEED !== undefined) process.exitCode = await one(Number(SEED));
else process.exitCode = (await schedules(long / 4)) || (await many((long * 3) / 4));

async function schedules(seconds: number): Promise<number> {
  const from = Date.now() % 2 ** 31;
  const began = performance.now();
  let histories = 0;
  for (; performance.now() - began < seconds * 1_000; histories++) {
    const history = await scheduleHistory(from + histories);
    if (history.violations.length > 0) return tellSchedule(history);
  }
  process.stdout.write(
    `${histories} histories of the scheduler from seed ${from} on: every invariant held\n`,
  );
  return 0;
}

function tellSchedule({ seed, told, violations }: ScheduleHistory): number {
  process.stdout.write(`${[...told, ...violations].join('\n')}\n`);
  if (violations.length === 0) return 0;
  process.stdout.write(`\nthe same again: make simulate SCHEDULE_SEED=${seed}\n`);
  return 1;
}

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
