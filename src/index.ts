/**
 * The public library: what task modules and programs that embed dp import.
 * It runs nothing by being imported.
 */
export { task } from './registry/task.ts';
export type { Output, SchemaTaskDef, TaskDef, TaskFn } from './registry/task-def.ts';
export type { LogLine, TaskContext, TaskLog } from './registry/task-context.ts';
export type {
  Duration,
  RetryOptions,
  Schema,
  SchemaInput,
  SchemaIssue,
  SchemaOutput,
  SchemaResult,
  StandardSchema,
  TaskOptions,
} from './registry/task-options.ts';
export { NonRetryableError } from './registry/task-errors.ts';
export type { Json, JsonObject } from './model/json.ts';
