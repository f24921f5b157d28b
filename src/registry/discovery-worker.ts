/**
 * Entry of the thread that imports task modules: their paths come in, definitions and diagnostics go out.
 * Whatever a module does at import happens here, and the thread may be ended at any moment.
 */
import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { Diagnostic } from '../model/diagnostic.ts';
import { collectTasks, type Registration } from './collector.ts';
import { defineTask, placeOfSite } from './definition.ts';
import type {
  DiscoveredTask,
  ImportMessage,
  ImportRequest,
  ModuleOutcome,
} from './discovery-messages.ts';
import { importFault } from './import-fault.ts';
import { InputRecorder } from './import-inputs.ts';
import { installLoader } from './loader.ts';
import { codeHash, lockFileDigest, ModuleGraph, readManifests } from './module-graph.ts';
import { tasksOf } from './module-tasks.ts';
import { disk } from './project-files.ts';
import { userFrame } from './stack.ts';

const request = workerData as ImportRequest; // given by importInThread
function tell(message: ImportMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window
  parentPort?.postMessage(message);
}

const inputs = new InputRecorder(disk, request);
const graph = new ModuleGraph();
const loader = installLoader({ ...request, files: inputs, recorder: graph });
const registrations = collectTasks();
const lockFile = lockFileDigest(request.root, inputs);
const entries = new Set(request.modules.map((module) => realpathSync(module)));

tellOfExit();
inputs.watchThread();
// Not awaited at top level: Node would warn on the terminal of a module that waits for ever. A failure ends the thread.
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
  const before = registrations.length;
  try {
    const namespace = (await import(pathToFileURL(module).href)) as object; // a module namespace
    return outcomeOf(module, namespace, new Set(registrations.slice(before)));
  } catch (error) {
    const { diagnostics } = importFault(error, module);
    return { module, tasks: [], diagnostics, files: [] };
  }
}

function outcomeOf(
  module: string,
  namespace: object,
  fresh: ReadonlySet<Registration>,
): ModuleOutcome {
  const file = realpathSync(module);
  const files = graph.filesOf(file, loader, inputs);
  const hash = codeHash(
    files.map((path) => ({ path, digest: graph.digestOf(path) })),
    { root: request.root, lockFile, options: JSON.stringify(loader.optionsOf(file)) },
  );
  const defined = tasksOf(module, namespace, registrations)
    .filter((task) => task.exportName !== undefined || isOwn(task.registration, file, fresh))
    .map((task) => ({ task, ...defineTask(task, { module, files, codeHash: hash, graph }) }));
  return {
    module,
    files,
    tasks: defined.flatMap(({ task: { declared }, definition }): DiscoveredTask[] =>
      definition === undefined ? [] : [{ definition, declared }],
    ),
    diagnostics: defined.flatMap(({ diagnostics }): readonly Diagnostic[] => diagnostics),
  };
}

/**
 * Of the tasks that no export leads to, a module tells those made in it, and the named ones that its import brought
 * about in other files (a factory's, say), except in modules that tell for themselves.
 */
function isOwn(
  registration: Registration | undefined,
  file: string,
  fresh: ReadonlySet<Registration>,
): boolean {
  if (registration?.site === undefined) return false;
  const madeIn = placeOfSite(registration.site).file;
  if (madeIn === file) return true;
  const isNamed = registration.task.options.name !== undefined;
  return isNamed && fresh.has(registration) && !entries.has(madeIn);
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
