/** The pipelines that ship with dp give the same results anew, from stored results, and after a kill in the middle. */
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { createFilesystemIo } from '../../src/io/filesystem.ts';
import type { IoManager } from '../../src/io/io-manager.ts';
import type { ResultRef } from '../../src/model/result.ts';
import { Project } from './rig.ts';

const checkout = join(import.meta.dirname, '../..');
const SLOW_MS = 120_000;

/** Where each is killed: while it reads, and on its way. */
const PIPELINES = [
  { name: 'flights', tasks: 19, killedAt: ['flights', 'byOrigin'] },
  { name: 'life_expectancy', tasks: 9, killedAt: ['gapminder', 'byRegionYear'] },
  { name: 'stream', tasks: 7, killedAt: ['flights', 'percentiles'] },
] as const;

/** A copy of the pipelines, in which every task may be reused. */
function withCache(name: string): Project {
  const project = new Project({ 'package.json': '{ "type": "module" }' }, { patienceMs: SLOW_MS });
  cpSync(join(checkout, 'pipelines'), project.path('pipelines'), { recursive: true });
  symlinkSync(join(checkout, 'node_modules'), project.path('node_modules'));
  const file = `pipelines/${name}.yaml`;
  const pipeline = parse(readFileSync(join(checkout, file), 'utf8'));
  pipeline.defaults = { ...pipeline.defaults, cache: true };
  return project.write({
    'p.yaml': stringify({ ...pipeline, modules: [`./pipelines/${name}.ts`] }),
  });
}

interface Told {
  readonly topic: string;
  readonly task: string;
  readonly data: { readonly output?: ResultRef };
}

async function eventsOf(project: Project): Promise<Told[]> {
  const { out } = await project.ok('events', 'last', '--topic', 'run.task.*', '--json');
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Told);
}

/** Task → digest of what a later task would be given. */
async function outputsOf(project: Project): Promise<Record<string, string>> {
  const io = createFilesystemIo({ root: project.path('.dp') });
  const outputs: Record<string, string> = {};
  for (const { topic, task, data } of await eventsOf(project))
    if (/succeeded|cached/.test(topic)) outputs[task] = await digestOf(io, data.output);
  return outputs;
}

async function digestOf(io: IoManager, ref: ResultRef | undefined): Promise<string> {
  const digest = createHash('sha256');
  const add = (value: unknown): void => void digest.update(`${JSON.stringify(value, exact)}\n`);
  if (ref?.is === 'stream') for await (const item of io.loadStream(ref)) add(item);
  else if (ref !== undefined) add(await io.load(ref));
  return digest.digest('hex');
}

const exact = (_: string, value: unknown): unknown =>
  value instanceof Map ? { map: [...value] } : value;

const count = (events: readonly Told[], topic: string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const event of events)
    if (event.topic === topic) counts[event.task] = (counts[event.task] ?? 0) + 1;
  return counts;
};

describe.for(PIPELINES)('$name', { timeout: SLOW_MS }, ({ name, tasks, killedAt }) => {
  test('cached is as new, killed and resumed is as undisturbed', async () => {
    using project = withCache(name);
    await project.ok('run', 'p.yaml');
    const undisturbed = await outputsOf(project);
    expect(Object.keys(undisturbed)).toHaveLength(tasks);

    await project.ok('run', 'p.yaml');
    expect(Object.keys(count(await eventsOf(project), 'run.task.cached'))).toHaveLength(tasks);
    expect(await outputsOf(project)).toEqual(undisturbed);

    for (const task of killedAt) {
      const dp = project.start({}, 'run', 'p.yaml', '--force', '-j', '1', '--reporter', 'ndjson');
      await dp.said(`"task":"${task}","attempt":1`);
      dp.kill();
      await dp.ended;
      await project.ok('resume', 'last');
      expect(await outputsOf(project)).toEqual(undisturbed);
      const succeeded = count(await eventsOf(project), 'run.task.succeeded');
      expect(new Set(Object.values(succeeded))).toEqual(new Set([1]));
    }
  });
});
