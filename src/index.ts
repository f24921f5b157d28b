/**
 * The public library: what task modules and programs that embed dp import.
 * It runs nothing by being imported.
 */
export { task } from './registry/authoring/task.ts';
export type { Output, SchemaTaskDef, TaskDef, TaskFn } from './registry/authoring/task-def.ts';
export type { LogLine, TaskContext, TaskLog } from './registry/authoring/task-context.ts';
export type {
  Schema,
  SchemaInput,
  SchemaIssue,
  SchemaOutput,
  SchemaResult,
  StandardSchema,
  TaskOptions,
} from './registry/authoring/task-options.ts';
export { NonRetryableError } from './registry/authoring/task-errors.ts';
export type { RetryOptions } from './model/settings.ts';
export type { Duration } from './model/duration.ts';
export type { Json, JsonObject } from './model/json.ts';
