import type { RunId } from './ids.ts';

/** The remedy of a diagnostic: one, or several of which any will do, the likeliest first. */
export type Hint = Remedy | readonly Remedy[];

/** A string is a remedy that every front end words alike: it names no command and no option. */
export type Remedy = string | Step;

/**
 * A remedy that dp itself can perform, as data. Each front end words it in its own terms:
 * the command line as a command, the HTTP server as a link.
 */
export type Step =
  | { readonly do: 'readHelp' }
  | { readonly do: 'readSchema' }
  | { readonly do: 'initProject' }
  | { readonly do: 'namePipeline' }
  | { readonly do: 'namePipelineOrInitProject' }
  | { readonly do: 'chooseProjectFolder' }
  /** `folder` describes the folder, such as "a folder on a local disk". */
  | { readonly do: 'chooseStateFolder'; readonly folder?: string }
  | { readonly do: 'giveParameter'; readonly name?: string; readonly example?: string }
  | { readonly do: 'listTasks' }
  /** Run what the selected tasks need, too. */
  | { readonly do: 'runUpstreamTasks' }
  | { readonly do: 'runMoreTasksAtOnce' }
  | { readonly do: 'runFewerTasksAtOnce' }
  /** Run a shard that cannot be divided faster on the machine that has it. */
  | { readonly do: 'speedUpShard' }
  | { readonly do: 'listRuns'; readonly pipeline?: string }
  | { readonly do: 'listTriggers' }
  | { readonly do: 'showRun'; readonly run: RunId }
  | { readonly do: 'startRun' }
  /** There is no run where dp looked: start one, or look elsewhere. */
  | { readonly do: 'startFirstRun' }
  | { readonly do: 'resumeRun'; readonly run?: RunId }
  | { readonly do: 'retryFailedTasks'; readonly run: RunId }
  | { readonly do: 'cancelRun'; readonly run: RunId }
  /** Run the pipeline again, or resume `run`, so that a lost result is computed anew. */
  | { readonly do: 'computeResultAgain'; readonly run: RunId }
  | { readonly do: 'exportRuns' }
  | { readonly do: 'removeOldRuns' }
  | { readonly do: 'removeLeftovers' }
  | { readonly do: 'dropCacheEntry' }
  | { readonly do: 'clearPoolSlot' }
  | { readonly do: 'releaseRun' }
  | { readonly do: 'closeStateToOthers' }
  /** The run is held by a process on another host, which cannot be seen from here. */
  | { readonly do: 'releaseRunElsewhere'; readonly run: RunId }
  /** The record of the run contradicts itself: report it together with the events of the run. */
  | { readonly do: 'reportRun'; readonly run: RunId };
