/** As the executor's thread does: installs the loader, loads one task, calls it. */
import { parentPort, workerData } from 'node:worker_threads';
import { Fault } from '../../src/model/fault.ts';
import { loadTask } from '../../src/registry/modules/load-task.ts';
import { installLoader } from '../../src/registry/loader/loader.ts';
import { userFrame } from '../../src/registry/loader/stack.ts';
import type { Called } from './project.ts';

const { cacheFolder, module, name, params } = workerData;
installLoader({ cacheFolder });
const called = await call();
parentPort!.postMessage(called);

async function call(): Promise<Called> {
  try {
    const { fn, kind } = await loadTask(module, name);
    const value = await fn(params, {} as never);
    return kind.endsWith('generator') ? { kind } : { kind, value };
  } catch (error) {
    const { message, stack } = error as Error;
    const isFault = error instanceof Fault;
    const at = isFault ? error.diagnostics[0]?.at : userFrame(stack);
    const frame = at === undefined ? {} : { frame: `${at.file}:${at.line}:${at.column}` };
    return { message, ...frame, ...(isFault ? { code: error.code } : {}) };
  }
}
