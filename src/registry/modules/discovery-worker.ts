/**
 * Entry of the thread that imports task modules: their paths come in, definitions and diagnostics go out.
 * The side effects of an import happen in this thread, which may be ended at any moment.
 */
import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { collectTasks } from '../authoring/collector.ts';
import { defineTask, placeOfSite } from './definition.ts';
import type {
  DiscoveredTask,
  ImportMessage,
  ImportRequest,
  ModuleOutcome,
} from './discovery-messages.ts';
import { importFault } from '../loader/import-fault.ts';
import { InputRecorder } from './import-inputs.ts';
import { installLoader } from '../loader/loader.ts';
import { lockFileDigest } from '../loader/lock-files.ts';
import { codeHash, codeParts, ModuleGraph, readManifests } from './module-graph.ts';
import { exportedTasks, unexportedTask } from './module-tasks.ts';
import { disk } from '../loader/project-files.ts';
import { userFrame } from '../loader/stack.ts';
import { siteOf, type TaskDef } from '../authoring/task-def.ts';

const request = workerData as ImportRequest; // importInThread passes it.
function tell(message: ImportMessage): void {
  parentPort?.postMessage(message);
}

const inputs = new InputRecorder(disk, request);
const graph = new ModuleGraph();
const loader = installLoader({ ...request, files: inputs, recorder: graph });
const made = collectTasks({ withSites: true });
/** Tasks by the file that called `task()`. */
const madeIn = new Map<string, TaskDef[]>();
const lockFile = lockFileDigest(request.root, inputs);
const entries = new Set(request.modules.map((module) => realpathSync(module)));

tellOfExit();
inputs.watchThread();
// It is not awaited at top level, because Node would warn on the terminal about a module that never settles. A failure ends the thread.
importAll().catch((error: unknown) =>
  queueMicrotask(() => {
    throw error;
  }),
);

async function importAll(): Promise<void> {
  for (const module of request.modules) {
    tell({ is: 'importing', module });
    tell({ is: 'imported', outcome: await importModule(module) });
  }
  readManifests(graph.folders(), inputs);
  tell({ is: 'done', inputs: inputs.inputs() });
}

async function importModule(module: string): Promise<ModuleOutcome> {
  const before = made.length;
  inputs.isFile(module); // This records the links on its path.
  const imported = import(pathToFileURL(module).href) as Promise<object>; // It is a module namespace.
  const loaded = await imported.then(
    (namespace) => ({ namespace }),
    (error: unknown) => ({ fault: importFault(error, module) }),
  );
  const fresh = made.slice(before);
  note(fresh);
  if ('namespace' in loaded) return outcomeOf(module, loaded.namespace, fresh);
  return { module, tasks: [], diagnostics: loaded.fault.diagnostics, files: [] };
}

function outcomeOf(module: string, namespace: object, fresh: readonly TaskDef[]): ModuleOutcome {
  const file = realpathSync(module);
  const files = graph.filesOf(file, loader, inputs);
  const code = codeParts(
    files.map((path) => ({ path, digest: graph.digestOf(path) })),
    { root: request.root, lockFile, options: JSON.stringify(loader.optionsOf(file)) },
  );
  const hash = codeHash(code);
  const exported = exportedTasks(module, namespace);
  const known = new Set(exported.map(({ task }) => task));
  const others = ownTasks(file, fresh).filter((task) => !known.has(task));
  const defined = [...exported, ...others.map((task) => unexportedTask(task))].map((task) => ({
    declared: task.task !== undefined,
    ...defineTask(task, { module, files, codeHash: hash, graph }),
  }));
  return {
    module,
    files,
    code,
    reads: files.flatMap((path) => graph.readsOf(path)),
    tasks: defined.flatMap(({ declared, definition }): readonly DiscoveredTask[] =>
      definition === undefined ? [] : [{ definition, declared }],
    ),
    diagnostics: defined.flatMap(({ diagnostics }) => diagnostics),
  };
}

/**
 * Returns the tasks made in a module, and the named ones that its import made in other files, such as a factory's,
 * except in modules that are listed themselves.
 */
function ownTasks(file: string, fresh: readonly TaskDef[]): readonly TaskDef[] {
  const brought = fresh.filter((task) => {
    const place = fileOf(task);
    return task.options.name !== undefined && place !== file && !entries.has(place);
  });
  return [...(madeIn.get(file) ?? []), ...brought];
}

function note(fresh: readonly TaskDef[]): void {
  for (const task of fresh) {
    const file = fileOf(task);
    const others = madeIn.get(file);
    if (others === undefined) madeIn.set(file, [task]);
    else others.push(task);
  }
}

/** Returns the file in which the task was made; empty in the rare case that the stack does not show it. */
function fileOf(task: TaskDef): string {
  const site = siteOf(task);
  return site === undefined ? '' : placeOfSite(site).file;
}

function tellOfExit(): void {
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    tell({
      is: 'exiting',
      code: String(code ?? process.exitCode ?? 0),
      at: userFrame(new Error().stack),
    });
    return exit(code);
  };
}
