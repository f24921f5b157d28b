/**
 * The public library: what task modules and programs that embed dp import.
 * It runs nothing by being imported, and loads its larger parts when they are first used.
 */
export { Fault } from './model/fault.ts';
export type { DiagnosticCode, FaultKind } from './model/catalogue.ts';
export type { Diagnostic, Place } from './model/diagnostic.ts';
export type { Duration } from './model/duration.ts';
export type { Json, JsonObject } from './model/json.ts';

// Tasks.
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

// Events.
export { createBroker } from './events/typed-broker.ts';
export type {
  Consumer,
  Publisher,
  TypedBroker as Broker,
  TypedBrokerOptions as BrokerOptions,
} from './events/typed-broker.ts';
export type { Broker as BrokerAdapter, SubscribeOptions, Subscription } from './events/broker.ts';
export type { EventOf, RunTopics, Topics } from './events/topic-types.ts';
export type { Event } from './model/event.ts';
export { topicMatches } from './events/topics.ts';

// Results.
export { filesystemIo } from './library/filesystem-io.ts';
export type { AddressedIo as IoManager } from './io/addressed-io.ts';
export type { ResultAddress, ResultRef } from './model/result.ts';
