/** The typed twin of a pipeline file, and where a program defines it. */
import { fileURLToPath } from 'node:url';
import util, { type CallSiteObject } from 'node:util';
import { Fault } from '../model/fault.ts';
import type { Duration } from '../model/duration.ts';
import type { JsonObject } from '../model/json.ts';
import type { SettingOptions } from '../model/settings.ts';
import type { Place } from '../model/diagnostic.ts';

/** What a task of a defined pipeline is; like a task of a pipeline file, with the names of settings as in code. */
export interface TaskOfDefinition extends SettingOptions {
  /** The registered task to run, when it is not called as the key says. */
  readonly task?: string;
  readonly description?: string;
  /** Tasks to wait for. A parameter of that name receives the output. */
  readonly needs?: string | readonly string[];
  /** Parameter ← task, when the names differ. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Values for the other parameters; texts may hold `${…}`. */
  readonly with?: JsonObject;
  readonly tags?: string | readonly string[];
  readonly when?: string | boolean;
  readonly map?: { readonly over: string; readonly as: string; readonly maxParallel?: number };
  /** A command for the shell, instead of a function. */
  readonly run?: string;
  readonly shell?: string | readonly string[];
  readonly cwd?: string;
  /** Another pipeline file to run as this task. */
  readonly pipeline?: string;
  readonly output?: string;
}

export interface PipelineDefinition {
  readonly name: string;
  readonly description?: string;
  /** Files that register tasks; relative to the file that calls `pipeline`. */
  readonly modules?: string | readonly string[];
  /** Parameters as JSON Schemas, with `default`. */
  readonly params?: Readonly<Record<string, JsonObject>>;
  readonly env?: string | readonly string[];
  readonly secrets?: string | readonly string[];
  readonly defaults?: SettingOptions & Pick<TaskOfDefinition, 'shell' | 'cwd'>;
  readonly pools?: Readonly<Record<string, number>>;
  /** Time limit of a whole run. */
  readonly timeout?: Duration;
  /** `all`: every task that the modules register; its edges are its `dependencies`, and its parameters that are named like a task. */
  readonly tasks: Readonly<Record<string, TaskOfDefinition | null>> | 'all';
  readonly hooks?: Readonly<Partial<Record<HookKey, Readonly<Record<string, TaskOfDefinition>>>>>;
}

/** When a hook runs, as code names it. */
export type HookKey = 'onSuccess' | 'onFailure' | 'onFinish';

/** A definition with its place in the program. It is checked when it is planned, like a file. */
export class DefinedPipeline {
  readonly definition: PipelineDefinition;
  readonly #site: CallSiteObject | undefined;

  constructor(definition: PipelineDefinition, site: CallSiteObject | undefined) {
    this.definition = definition;
    this.#site = site;
  }

  get at(): Place {
    const { scriptName = '', lineNumber = 1, columnNumber = 1 } = this.#site ?? {};
    const file = scriptName.startsWith('file:') ? fileURLToPath(scriptName) : scriptName;
    return { file, line: lineNumber, column: columnNumber };
  }
}

/** Throws DP2001 for what is no object; every other mistake is found, all at once, when the pipeline is planned. */
export function pipeline(definition: PipelineDefinition): DefinedPipeline {
  if (typeof definition !== 'object' || definition === null)
    throw new Fault('DP2001', 'pipeline() needs an object: pipeline({ name, modules, tasks })');
  return new DefinedPipeline(definition, util.getCallSites(2, { sourceMap: true })[1]);
}

/** A pipeline file, relative to the project's folder, or a definition. */
export type PipelineSource = string | URL | DefinedPipeline;
