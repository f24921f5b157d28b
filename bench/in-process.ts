/** Runs of dp without its command line: pipelines whose checks are off, executed in this process. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEngine } from '../src/app/engine.ts';
import { load } from '../src/app/planning/load.ts';
import { prepare } from '../src/app/planning/prepare.ts';
import type { Prepared } from '../src/app/planning/prepared.ts';
import { executorWorker } from '../src/app/project/installation.ts';
import type { Running } from '../src/app/running/run.ts';
import type { MemoryBroker } from '../src/events/memory.ts';
import { systemClock } from '../src/lib/clock.ts';
import { bundled } from './bundle.ts';
import { POLICY } from './policy.ts';

/** Writes a pipeline file and plans it. The folder holds the modules, and the state of the runs. */
export async function prepared(folder: string, name: string, yaml: string): Promise<Prepared> {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, `name: ${name}\n${yaml}`);
  const caller = callerIn(folder);
  const options = { selection: {}, readCache: true, types: 'off' } as const;
  return prepare(await load(file, caller), options, caller);
}

const workerFile = bundled('worker.mjs') ?? executorWorker();

export interface BareEngine extends AsyncDisposable {
  run(prepared: Prepared): Running;
}

/** Opens an engine whose threads are those of the bundle, when there is a fresh one. The caller disposes of it. */
export function engineIn(folder: string, jobs: number, broker?: MemoryBroker): BareEngine {
  const engine = openEngine({
    project: folder,
    caller: callerIn(folder),
    jobs,
    ...(broker && { broker }),
    ports: { worker: () => ({ workerFile }) },
  });
  return {
    run(what) {
      const started = engine.start(what, POLICY);
      if (started.is !== 'begun') throw new Error('the run was started before');
      return started.running;
    },
    [Symbol.asyncDispose]: () => engine.close(),
  };
}

const callerIn = (cwd: string) => ({ cwd, env: {}, clock: systemClock });
