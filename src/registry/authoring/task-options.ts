import type { JsonObject } from '../../model/json.ts';
import type { SettingOptions } from '../../model/settings.ts';

/** What a task says of itself. The pipeline file may say otherwise, and then it wins. */
export interface TaskOptions extends SettingOptions {
  /** Instead of the export's name; needed where a task is made in a loop or is not exported. */
  readonly name?: string;
  /** Describes the task in one line. */
  readonly description?: string;
  /** Tags by which the task can be selected. */
  readonly tags?: readonly string[];
  /** Tasks this one waits for in every pipeline that uses it. A parameter named like one of them receives its output. */
  readonly dependencies?: readonly string[];
  /** Reads the parameters at run time: the function receives what it makes of them, and edges are checked against what it takes. */
  readonly params?: Schema;
  /** Checks the value it gives, or each item of a stream, and leaves it as it is. */
  readonly output?: Schema;
}

/** From zod, valibot, arktype and the like; or a JSON Schema (2020-12) as plain data. */
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

/** What a schema reads, and what it makes of it. */
export type SchemaInput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['input'];
export type SchemaOutput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['output'];
