/** The definition of a task as the registry describes it, before the task is part of a pipeline. */
import type { Place } from './diagnostic.ts';
import type { Digest, TaskName } from './ids.ts';
import type { Json, JsonObject } from './json.ts';
import type { PartialSettings } from './settings.ts';

/** Tasks that run when all others have their outcome: `on_success` or `on_failure` first, then `on_finish`. */
export const HOOKS = ['on_success', 'on_failure', 'on_finish'] as const;
export type Hook = (typeof HOOKS)[number];

/** One named argument of a task function. */
export interface Parameter {
  readonly name: string;
  /** Optional parameters need no supplier: `x?: T`, a default, or a type that admits undefined. */
  readonly optional: boolean;
  /** Default value; known only when it is a literal in the source. */
  readonly default?: Json;
  /** JSON Schema 2020-12, when the type has one. */
  readonly schema?: JsonObject;
  /** The TypeScript type as the compiler prints it. */
  readonly type?: string;
  readonly description?: string;
  readonly at?: Place;
}

/**
 * `unknown`: nothing can be said (untyped JavaScript that does not destructure); every upstream task is then data flow.
 * `known.rest` is the schema behind an index signature: it receives every dependency that has no parameter of its own.
 */
export type Parameters =
  | { readonly is: 'unknown' }
  /** The function takes a value of this type instead of one object of named arguments: no pipeline can call it. */
  | { readonly is: 'positional'; readonly type: string }
  | {
      readonly is: 'known';
      readonly list: readonly Parameter[];
      readonly rest?: JsonObject | true;
    };

/** The parts of a code hash. Modules of one project share its lock file, and often most of their files. */
export interface CodeParts {
  /** The module and everything it imports from the project; paths relative to the project's folder, with `/`, sorted. */
  readonly files: readonly { readonly path: string; readonly digest: Digest | null }[];
  /** Digest of the lock file; null when the project has none. */
  readonly lockFile: Digest | null;
  /** Compiler options from the tsconfig, as JSON text. */
  readonly options: string;
}

/** External data that a module reads at run time, as far as its text shows; it enters no cache key unless it is declared. */
export interface OutsideRead {
  readonly is: 'env' | 'file';
  /** Name of the variable, or the path as written. */
  readonly name: string;
  readonly at: Place;
}

/** The way in which a function gives its result: at once, as a promise, or as the items of a stream. */
export type FunctionKind = 'function' | 'async function' | 'generator' | 'async generator';

/** A registered task: plain data, so that it can cross threads and be kept in a cache. The function itself stays in its module. */
export interface TaskDefinition {
  readonly name: TaskName;
  readonly description?: string;
  /** Absent for a pipeline as a task. */
  readonly kind?: FunctionKind;
  /** Absolute path of the module that registers it. */
  readonly module: string;
  /** Name under which the module exports it (`default` included); absent: its own name if such an export is there, else none. */
  readonly exportName?: string;
  /** Place of `task(…)` or of the exported function. */
  readonly at: Place;
  readonly tags: readonly string[];
  /** Tasks it waits for wherever it is used, as declared in code. */
  readonly dependencies: readonly TaskName[];
  readonly settings: PartialSettings;
  readonly parameters: Parameters;
  /** Schema and type of the value it returns; of one item, when it streams. */
  readonly output?: {
    readonly schema?: JsonObject;
    readonly type?: string;
    readonly streams?: boolean;
  };
  /** Digest of the module's transitive local imports and the lock file: changes when the task's behaviour may change. */
  readonly codeHash: Digest;
}
