/** IO manager: results by run, task and id; whole or as a stream. */
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesystemIo } from 'dp';

await using folder = await mkdtempDisposable(join(tmpdir(), 'dp-results-'));
const io = filesystemIo({ folder: folder.path });

const at = { run: 'run_20260701_001', task: 'extract', id: 'result_001' };
const saved = await io.save(at, { processed: [1, 2, 3, 4, 5], count: 5 });
console.log(`saved ${saved.is}, there: ${await io.has(at)}`);
console.log('loaded', JSON.stringify(await io.load(at)));

/** Chunks of a data set that never has to be in memory as a whole. */
function* chunks() {
  for (let first = 0; first < 6; first += 2) yield [first, first + 1];
}
await io.saveStream({ ...at, task: 'stream' }, chunks());
for await (const chunk of io.loadStream<number[]>({ ...at, task: 'stream' }))
  console.log('chunk', chunk.join(' '));

for await (const { task, id, bytes } of io.list(at.run))
  console.log(`${task}/${id}: ${bytes} bytes`);
console.log(`cleared ${await io.clear(at.run)} results`);
