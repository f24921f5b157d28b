/** Messages between the main thread and the thread that imports task modules. They are plain data. */
import type { Diagnostic, Place } from '../../model/diagnostic.ts';
import type { CodeParts, OutsideRead, TaskDefinition } from '../../model/task.ts';
import type { ImportInputs } from './import-inputs.ts';

export interface ImportRequest {
  /** Absolute paths, imported one after another in this order. */
  readonly modules: readonly string[];
  readonly root: string;
  readonly cacheFolder?: string;
  readonly transformerFile?: string;
}

/** Outcome of the import of one module. */
export interface ModuleOutcome {
  readonly module: string;
  readonly tasks: readonly DiscoveredTask[];
  readonly diagnostics: readonly Diagnostic[];
  /** The project's files that the module needs, itself included, sorted. */
  readonly files: readonly string[];
  /** Parts of the code hash of its tasks; absent when the module did not load. */
  readonly code?: CodeParts;
  /** Reads by any of the module's files; absent when it did not load. */
  readonly reads?: readonly OutsideRead[];
}

export interface DiscoveredTask {
  readonly definition: TaskDefinition;
  /** False for a plain exported function, which may be meant for other code than pipelines. */
  readonly declared: boolean;
}

export type ImportMessage =
  | { readonly is: 'importing'; readonly module: string }
  | { readonly is: 'imported'; readonly outcome: ModuleOutcome }
  /** The module called `process.exit`. */
  | { readonly is: 'exiting'; readonly code: string; readonly at: Place | undefined }
  | { readonly is: 'done'; readonly inputs: ImportInputs };
