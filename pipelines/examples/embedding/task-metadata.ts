/** Task metadata: retries, time limits, failures that are allowed, and streams. */
import { openProject, pipeline } from 'dp';

await using project = await openProject();
const definition = pipeline({ name: 'metadata', modules: './metadata-tasks.ts', tasks: 'all' });

const registry = await project.registry(definition);
const { maxRetries, timeout, failSafe } = registry.get('resilient')?.settings ?? {};
console.log(`resilient: ${maxRetries} retries, ${timeout} s, fail-safe ${failSafe}`);

const run = await project.start(definition);
const { status } = await run.ended;
console.log(`${status}: ${await run.output<string>('resilient')}`);
for await (const batch of await run.output<AsyncIterable<number[]>>('batches'))
  console.log('batch', batch.join(' '));
const { tasks } = await project.show(run.runId);
console.log(`optional: ${tasks.get('optional')?.status}`);
