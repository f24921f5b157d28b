/** What the module `dp` has for task modules; `dp types` declares it for projects that have only the executable. */
export { task } from './task.ts';
export type { Output, SchemaTaskDef, TaskDef, TaskFn } from './task-def.ts';
export type { LogLine, TaskContext, TaskLog } from './task-context.ts';
export type {
  Schema,
  SchemaInput,
  SchemaIssue,
  SchemaOutput,
  SchemaResult,
  StandardSchema,
  TaskOptions,
} from './task-options.ts';
export { NonRetryableError } from './task-errors.ts';
export type { ReuseOptions, RetryOptions } from '../../model/settings.ts';
export type { Duration } from '../../model/duration.ts';
export type { Json, JsonObject } from '../../model/json.ts';
