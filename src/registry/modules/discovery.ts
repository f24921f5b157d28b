/**
 * Discovery: paths of task modules come in, task definitions or diagnostics go out.
 * The modules are imported in a separate thread, never here, and only when something that they depend on has changed.
 */
import { statSync } from 'node:fs';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Milliseconds, TaskName } from '../../model/ids.ts';
import type { CodeParts, OutsideRead, TaskDefinition } from '../../model/task.ts';
import { clashes } from './clashes.ts';
import type { ImportRequest, ModuleOutcome } from './discovery-messages.ts';
import { start } from '../loader/import-fault.ts';
import { importInThreads } from './import-thread.ts';
import { KeptDiscovery } from './kept-discovery.ts';

export interface DiscoveryOptions {
  /** Folder of the project. Paths in code hashes are relative to it. */
  readonly root: string;
  /** The user's cache folder; without one all modules are imported again. */
  readonly cacheFolder?: string;
  /** Path of oxc's native binding, for the single executable, which lacks its package. */
  readonly transformerFile?: string;
  /** Path of `discovery-worker.ts`, or of the file built from it. */
  readonly workerFile: string;
  /** Time limit for one module, including its imports. Default: 30 s. */
  readonly timeoutMs?: Milliseconds;
  /** Environment of the modules at import. Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Names that must be unique even among plain functions. Default: all names. */
  readonly needed?: ReadonlySet<TaskName>;
}

export interface Discovered {
  /** One definition for each name, in the order of modules and of their exports. */
  readonly definitions: readonly TaskDefinition[];
  /** The project's files that each module needs, itself included; absent for a module that did not load. */
  readonly graphs: ReadonlyMap<string, readonly string[]>;
  /** Parts of the code hash of each module's tasks. */
  readonly code: ReadonlyMap<string, CodeParts>;
  /** Reads of each module; modules without any are absent. */
  readonly reads: ReadonlyMap<string, readonly OutsideRead[]>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds the tasks of modules given by absolute path. A module that does not load does not affect the others. */
export async function discover(
  modules: readonly string[],
  options: DiscoveryOptions,
): Promise<Discovered> {
  const wanted = [...new Set(modules)].sort();
  const there = wanted.filter((module) => statSync(module, { throwIfNoEntry: false })?.isFile());
  const absent = wanted.filter((module) => !there.includes(module)).map(notThere);
  const outcomes = await outcomesOf({ ...requestOf(options), modules: there }, options);
  const tasks = outcomes.flatMap((outcome) => outcome.tasks);
  const { kept, diagnostics } = clashes(tasks, options.needed);
  return {
    definitions: kept,
    graphs: new Map(outcomes.map(({ module, files }) => [module, files])),
    code: new Map(
      outcomes.flatMap(({ module, code }) => (code === undefined ? [] : [[module, code] as const])),
    ),
    reads: new Map(
      outcomes.flatMap(({ module, reads = [] }) =>
        reads.length === 0 ? [] : [[module, reads] as const],
      ),
    ),
    diagnostics: [...absent, ...outcomes.flatMap((outcome) => outcome.diagnostics), ...diagnostics],
  };
}

async function outcomesOf(
  request: ImportRequest,
  options: DiscoveryOptions,
): Promise<readonly ModuleOutcome[]> {
  if (request.modules.length === 0) return [];
  const { workerFile, timeoutMs = DEFAULT_TIMEOUT_MS, env = process.env } = options;
  const cache =
    request.cacheFolder === undefined
      ? undefined
      : new KeptDiscovery(request.cacheFolder, { ...request, workerFile, env });
  const before = cache?.read();
  if (before !== undefined) return before;
  const { outcomes, inputs } = await importInThreads(request, { workerFile, timeoutMs, env });
  const isWhole = outcomes.every(({ diagnostics }) => diagnostics.length === 0);
  if (isWhole && inputs !== undefined) cache?.write(outcomes, inputs);
  return outcomes;
}

function requestOf({
  root,
  cacheFolder,
  transformerFile,
}: DiscoveryOptions): Omit<ImportRequest, 'modules'> {
  return {
    root,
    ...(cacheFolder === undefined ? {} : { cacheFolder }),
    ...(transformerFile === undefined ? {} : { transformerFile }),
  };
}

/** Exceeds what any import should need, even on a busy machine with everything to compile. */
const DEFAULT_TIMEOUT_MS = 30_000;

function notThere(module: string): Diagnostic {
  return {
    code: 'DP3001',
    severity: 'error',
    message: `there is no module "${module}"`,
    at: start(module),
  };
}
