/** A million values through killed producers and consumers: `make queue-torture`. With SEED=n the same decisions again, with VALUES=n so many. */
import { torture } from './torture.ts';

const { SEED, VALUES = '1000000', KILLS = '10' } = process.env;
const seed = SEED === undefined ? Date.now() % 2 ** 31 : Number(SEED);

const began = performance.now();
const { violations, taken, kills } = await torture({
  seed,
  values: Number(VALUES),
  kills: Number(KILLS),
});
const seconds = Math.round((performance.now() - began) / 1_000);
process.stdout.write(`seed ${seed}: ${taken} values in ${seconds} s, ${kills} members killed\n`);
for (const violation of violations) process.stdout.write(`${violation}\n`);
if (violations.length > 0) {
  process.stdout.write(`\nthe same again: make queue-torture SEED=${seed}\n`);
  process.exitCode = 1;
}
