/** Measures how fast due instants are found, beside libraries that find the same ones. */
import { CronExpressionParser } from 'cron-parser';
import { Cron as Croner } from 'croner';
import { type Cron, parseCron } from '../src/model/cron.ts';
import { type CronSchedule, due } from '../src/scheduler/due.ts';
import { compare } from './measure.ts';

const FROM = Date.UTC(2026, 0, 1);
const ZONE = 'Europe/Berlin';
const TICKS = 1_000;
const TRIGGERS = 10_000;

await benchTicks();
await benchNext();

async function benchTicks(): Promise<void> {
  const schedule = scheduleOf('* * * * *', ZONE);
  const tenYears = { from: FROM, to: Date.UTC(2036, 0, 1) };
  await compare(
    `ticks of a minute cron in ${ZONE}`,
    {
      'due, over ten years': () => count(due(schedule, tenYears)),
      [`croner, ${TICKS}`]: () =>
        new Croner('* * * * *', { timezone: ZONE }).nextRuns(TICKS, new Date(FROM)).length,
      [`cron-parser, ${TICKS}`]: () =>
        CronExpressionParser.parse('* * * * *', { tz: ZONE, currentDate: new Date(FROM) }).take(
          TICKS,
        ).length,
    },
    { unit: 'ticks' },
  );
}

async function benchNext(): Promise<void> {
  const texts = Array.from({ length: TRIGGERS }, (_, n) => ({
    text: `${n % 60} ${n % 7 === 0 ? '*' : n % 24} ${n % 5 === 0 ? (n % 28) + 1 : '*'} * *`,
    zone: ['UTC', 'Asia/Seoul', 'Europe/Berlin', 'America/New_York'][n % 4]!,
  }));
  const schedules = texts.map(({ text, zone }) => scheduleOf(text, zone));
  const croners = texts.map(({ text, zone }) => new Croner(text, { timezone: zone, paused: true }));
  await compare(
    `next instant of ${TRIGGERS} triggers`,
    {
      due: () => {
        for (const schedule of schedules) due(schedule, { from: FROM, to: Infinity }).next();
        return TRIGGERS;
      },
      croner: () => {
        for (const croner of croners) croner.nextRun(new Date(FROM));
        return TRIGGERS;
      },
    },
    { unit: 'triggers', runs: 3 },
  );
}

function scheduleOf(text: string, timezone: string): CronSchedule {
  return { cron: cronOf(text), timezone, dst: { gap: 'run_after', fold: 'first' } };
}

function cronOf(text: string): Cron {
  const cron = parseCron(text);
  if ('problem' in cron) throw new Error(`${text}: ${cron.problem}`);
  return cron;
}

function count(items: Iterable<unknown>): number {
  let number = 0;
  for (const _ of items) number++;
  return number;
}
