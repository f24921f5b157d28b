/**
 * The public library: what task modules and programs that embed dp import.
 * It runs nothing by being imported, and loads its larger parts when they are first used.
 */
export { Fault } from './model/fault.ts';
export type { DiagnosticCode, FaultKind } from './model/catalogue.ts';
export type { Diagnostic, Place } from './model/diagnostic.ts';
export * from './registry/authoring/task-modules.ts';

// Events and queues.
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
export { openBroker, type OpenBrokerOptions } from './library/open-broker.ts';
export type { PayloadSchema } from './events/payload-schemas.ts';
export { topicMatches } from './events/topics.ts';
export { MemoryQueue } from './events/queues/memory-queue.ts';
export {
  openThreadReceiver,
  openThreadSender,
  receiverForThread,
  senderForThread,
  type ThreadQueueEnd,
} from './events/queues/thread-queue.ts';
export {
  openProcessReceiver,
  openProcessSender,
  receiverForProcess,
  senderForProcess,
} from './events/queues/process-queue.ts';
export type { PipeEnd } from './events/queues/pipe-link.ts';
export type { QueueOptions, QueueReceiver, QueueSender } from './events/queues/queue.ts';

// Schedules.
export { createScheduler } from './scheduler/scheduler.ts';
export type { RegisteredTrigger, Scheduler, SchedulerOptions } from './scheduler/scheduler.ts';
export type { LastFiring } from './scheduler/registration.ts';
export type { RunStarter, RunTarget, StartedRun, Target, TopicTarget } from './scheduler/target.ts';
export type { Overlap } from './scheduler/overlap.ts';
export type { Firing, Trigger } from './scheduler/trigger.ts';
export { cronTrigger, type Tick } from './scheduler/cron-trigger.ts';
export { eventTrigger } from './scheduler/event-trigger.ts';
export { manualTrigger, type ManualTrigger } from './scheduler/manual-trigger.ts';
export type { Clock, Timer } from './lib/clock.ts';

// Plans and runs.
export { pipeline } from './library/pipeline.ts';
export type {
  DefinedPipeline,
  PipelineDefinition,
  PipelineSource,
  TaskOfDefinition,
} from './library/pipeline.ts';
export { openProject } from './library/open-project.ts';
export type { EmbeddedProject as Project } from './library/project.ts';
export type { ProjectPlan as Plan } from './library/project-plan.ts';
export type { ProjectRun as Run } from './library/project-run.ts';
export type {
  ContinueOptions,
  PlanRequestOptions as PlanOptions,
  ProjectOptions,
  RepeatOptions,
  RetentionOptions,
  RunListOptions,
  RunRequestOptions as RunOptions,
  StartRequestOptions as StartOptions,
} from './library/options.ts';
export type { RunRecord, RunStatus, RunSummary, TaskRecord, TaskStatus } from './model/run.ts';
export type { Registry } from './registry/registry.ts';
export type { TaskInfo } from './registry/task-info.ts';

// Results.
export { filesystemIo } from './library/filesystem-io.ts';
export type { AddressedIo as IoManager } from './io/addressed-io.ts';
export type { ResultAddress, ResultRef } from './model/result.ts';
