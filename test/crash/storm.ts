/**
 * The storm, `make storm`: processes of dp work on the same state directories at the same time, are killed, asked to end and
 * stopped at random, and afterwards every run comes to the end that it would have had. SEED=n begins with other draws, MINUTES=n
 * lasts so long. What goes wrong is told with the seed and the round that show it.
 */
import { rmSync } from 'node:fs';
import { call, installDp } from './real-dp.ts';
import { Storm } from './storm-rounds.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const minutes = Number(process.env['MINUTES'] ?? 5);

const { folder: home, command } = await installDp();
const storm = new Storm({
  home,
  seed,
  call: (words, more) => call({ command: [...command, ...words], ...more }),
});
const end = performance.now() + minutes * 60_000;
let wrong: readonly string[] = [];
for (let round = 1; wrong.length === 0 && performance.now() < end; round++) {
  wrong = await storm.round(round);
  process.stdout.write(`round ${round} of seed ${seed}: ${storm.told()}\n`);
}
for (const what of wrong) process.stdout.write(`${what}\n\n`);
if (wrong.length > 0)
  process.stdout.write(
    `the project is ${storm.folder}; the same draws again: make storm SEED=${seed}\n`,
  );
else rmSync(home, { recursive: true, force: true });
process.exitCode = wrong.length === 0 ? 0 : 1;
