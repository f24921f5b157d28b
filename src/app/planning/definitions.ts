/** The tasks that the modules of a pipeline register. */
import { readdir, realpath } from 'node:fs/promises';
import { expandModules } from '../../config/modules.ts';
import { Redaction } from '../../executor/worker/redaction.ts';
import { hasErrors, type Diagnostic } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import type { TaskName } from '../../model/ids.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import { secretValues } from '../../model/secrets.ts';
import { discover, type Discovered } from '../../registry/modules/discovery.ts';
import { Registry } from '../../registry/registry.ts';
import type { CompilerLocation } from '../../registry/types/options.ts';
import { openTypes, type Types } from '../../registry/types/types.ts';
import { cacheFolder } from '../project/cache-folder.ts';
import { pick } from '../project/caller-context.ts';
import { discoveryWorker, transformer, typescript } from '../project/installation.ts';

/** The modules of a pipeline, and what their import depends on. */
export interface TaskModules {
  readonly pipeline: Pick<Pipeline, 'folder' | 'modules' | 'env' | 'secrets' | 'tasks'>;
  readonly root: string;
}

/** Returns what the pipeline's modules register, without the compiler's types. Throws a Fault with every diagnostic when one does not load. */
export async function definitionsOf({ pipeline, root }: TaskModules): Promise<Discovered> {
  const { files, diagnostics } = await expandModules(pipeline, {
    root,
    list: listFolder,
    realPath: (file) => realpath(file).catch(() => undefined),
  });
  if (hasErrors(diagnostics)) throw Fault.of(diagnostics);
  const binding = transformer();
  const found = await discover(files, {
    root,
    cacheFolder: cacheFolder(),
    workerFile: discoveryWorker(),
    needed: functionsIn(pipeline),
    ...(binding === undefined ? {} : { transformerFile: binding }),
  });
  const told = { ...found, diagnostics: redacted(found.diagnostics, pipeline) };
  if (hasErrors(told.diagnostics)) throw Fault.of(told.diagnostics);
  return told;
}

/** An error that a module throws while it is loaded holds text of a task, too. */
function redacted(
  diagnostics: readonly Diagnostic[],
  { env, secrets }: TaskModules['pipeline'],
): readonly Diagnostic[] {
  if (diagnostics.length === 0) return diagnostics;
  const redaction = new Redaction(secretValues(secrets, pick(process.env, env)));
  return diagnostics.map((each) => ({ ...each, message: redaction.text(each.message) }));
}

/** Returns what the pipeline's modules register, with parameters and outputs from their types. Throws like `prepare`. */
export async function registryOf(loaded: TaskModules): Promise<Registry> {
  using types = typesOf(loaded.root);
  const found = await definitionsOf(loaded);
  const { definitions } = await types.extract(found.definitions);
  return new Registry(definitions);
}

function functionsIn({ tasks }: TaskModules['pipeline']): Set<TaskName> {
  const names = new Set<TaskName>();
  for (const { work } of tasks.values()) if (work.is === 'function') names.add(work.task.value);
  return names;
}

export function typesOf(root: string): Types {
  return openTypes({ root, cacheFolder: cacheFolder(), compiler: compilerLocation() });
}

function compilerLocation(): CompilerLocation {
  try {
    return { executable: typescript() };
  } catch {
    // The type check reports that the compiler is missing; everything else works.
    return { isMissing: true };
  }
}

async function listFolder(
  folder: string,
): Promise<{ name: string; isFolder: boolean }[] | undefined> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  } catch {
    // The folder is absent or unreadable: the caller reports which pattern found nothing.
    return undefined;
  }
}
