/**
 * Measures a live stream through three tasks, each on a thread of its own: a producer, a transformer and a slow consumer.
 * Prints items per second and the memory of the whole process, which has to stay constant whatever the length.
 * `node bench/stream.ts 10000000` takes the number of items, by default 1,000,000.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineIn, prepared } from './in-process.ts';

const ITEMS = Number(process.argv[2] ?? 1_000_000);
/** Items between two pauses of the consumer; each pause is a turn of its event loop and a little work. */
const PAUSE_EVERY = 100;

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dp-bench-')));
writeFileSync(
  join(folder, 'tasks.mjs'),
  `import { setImmediate } from 'node:timers/promises';
export async function* source() {
  for (let n = 0; n < ${ITEMS}; n++) yield { n, text: 'item ' + n };
}
export async function* middle({ source }) {
  for await (const { n, text } of source) yield { n, length: text.length };
}
export async function slow({ middle }) {
  let count = 0;
  for await (const { n } of middle) {
    if (n !== count++) throw new Error('out of order');
    if (count % ${PAUSE_EVERY} === 0) await setImmediate();
  }
  return count;
}
`,
);

const YAML = `modules: [./tasks.mjs]
tasks:
  source: { stream_output: true }
  middle: { inputs: { source: source }, stream_output: true }
  slow: { inputs: { middle: middle } }
`;

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
const samples = [mebibytes(process.memoryUsage.rss())];
const sampling = setInterval(() => samples.push(mebibytes(process.memoryUsage.rss())), 1_000);
try {
  const began = performance.now();
  const { inOrder, live } = await run();
  const seconds = (performance.now() - began) / 1_000;
  const rate = Math.round(ITEMS / seconds).toLocaleString('en-US');
  console.log(
    `${ITEMS.toLocaleString('en-US')} items through three tasks: ${seconds.toFixed(1)} s, ${rate} items/s`,
  );
  console.log(`all in order: ${inOrder}; read while written: ${live}`);
  console.log(`resident, MiB, each second: ${samples.join(' ')}`);
  const settled = samples.slice(Math.floor(samples.length / 4));
  console.log(
    `from a quarter on: ${Math.min(...settled)} to ${Math.max(...settled)} MiB; at most ${mebibytes(process.resourceUsage().maxRSS * 1_024)} MiB`,
  );
} finally {
  clearInterval(sampling);
  rmSync(folder, { recursive: true, force: true });
}

async function run(): Promise<{ readonly inOrder: boolean; readonly live: boolean }> {
  await using engine = engineIn(folder, 3);
  const { runId, state, handle } = engine.run(await prepared(folder, 'stream', YAML));
  const { status } = await handle.ended;
  const events = [...state.store.read(runId)].map(({ event }) => event);
  const at = (topic: string, task: string): number =>
    events.findIndex((event) => event.topic === topic && event.task === task);
  return {
    inOrder: status === 'succeeded',
    live: at('run.task.started', 'slow') < at('run.task.succeeded', 'source'),
  };
}
