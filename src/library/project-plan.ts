import type { Diagnostic } from '../model/diagnostic.ts';
import type { Digest, TaskName } from '../model/ids.ts';
import type { Plan, PlannedTask } from '../model/plan.ts';
import type { PlanRequestOptions } from './options.ts';
import type { PipelineSource } from './pipeline.ts';

/** What a run would do, in which order, and why. */
export class ProjectPlan {
  readonly planId: Digest;
  readonly pipeline: string;
  /** Tasks in the order of the plan: level by level, within a level by name. */
  readonly order: readonly TaskName[];
  /** Tasks of one level depend only on those of earlier ones. */
  readonly levels: readonly (readonly TaskName[])[];
  readonly tasks: readonly PlannedTask[];
  readonly warnings: readonly Diagnostic[];
  readonly #request: PlannedRequest;

  constructor({ planId, pipeline, levels, tasks, warnings }: Plan, request: PlannedRequest) {
    this.planId = planId;
    this.pipeline = pipeline;
    this.order = tasks.map(({ name }) => name);
    this.levels = levels;
    this.tasks = tasks;
    this.warnings = warnings;
    this.#request = request;
  }

  /** What was planned, so that it can be planned again. */
  get request(): PlannedRequest {
    return this.#request;
  }
}

interface PlannedRequest {
  readonly source: PipelineSource;
  readonly options: PlanRequestOptions;
}
