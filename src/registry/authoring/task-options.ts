import type { JsonObject } from '../../model/json.ts';
import type { SettingOptions } from '../../model/settings.ts';

/** The options of a task. A setting in the pipeline file takes precedence over the one here. */
export interface TaskOptions extends SettingOptions {
  /** Replaces the name of the export; needed where a task is made in a loop or is not exported. */
  readonly name?: string;
  /** Describes the task in one line. */
  readonly description?: string;
  /** Tags by which the task can be selected. */
  readonly tags?: readonly string[];
  /** Tasks that this task waits for in every pipeline. A parameter with the name of one of them receives its output. */
  readonly dependencies?: readonly string[];
  /** Validates the parameters at run time: the function receives the schema's output, and edges are checked against its input. */
  readonly params?: Schema;
  /** Validates the task's output, or each item of a stream, and leaves it unchanged. */
  readonly output?: Schema;
}

/** A schema of zod, valibot, arktype or a similar library, or a JSON Schema (2020-12) as plain data. */
export type Schema = StandardSchema | JsonObject;

/** The part of https://standardschema.dev that dp uses. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The types of a schema's input and output. */
export type SchemaInput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['input'];
export type SchemaOutput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['output'];
