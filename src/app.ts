/**
 * The wiring: makes the adapters and hands them to the rooms; a verb per command, each in a file of `app/`.
 * A path to a pipeline file comes in; a plan, a run or a view of the state goes out.
 * It decides nothing that a room could decide.
 */
export { registryOf } from './app/definitions.ts';
export { load, pipelineFiles, type Loaded } from './app/load.ts';
export { rootFor, stateFolderFor, type Place } from './app/place.ts';
export { prepare, type PlanOptions, type Prepared, type TypeCheck } from './app/prepare.ts';
export { requestOf, type RequestedTask, type RunRequest } from './app/request.ts';
export { prepareAgain, resumeRun } from './app/resume.ts';
export { prepareRetry } from './app/retry.ts';
export { beginThreads, startRun, type RunOptions, type Running } from './app/run.ts';
export type { Sample } from './app/verify-cache.ts';
export { openState, recordedEvents, type State } from './app/state.ts';

// What commands show of the rooms behind.
export { pipelineFormatSchema } from './config/format.ts';
export { topicMatches } from './events/topics.ts';
export { logFile } from './executor/attempt-log.ts';
export type { RunEnding } from './executor/request.ts';
export type { Threads } from './executor/threads.ts';
export type { Again } from './planner/retry.ts';
export type { Selection } from './planner/selection.ts';
export { makeFolders } from './store/make-folders.ts';
