/** A pipeline that is planned and checked, with everything that a run of it needs. */
import type { GivenParams } from '../../config/params/params.ts';
import type { Expressions } from '../../model/expression.ts';
import type { Instant, RunId, TaskName } from '../../model/ids.ts';
import type { Again, Plan, Selection } from '../../model/plan.ts';
import type { OutsideRead } from '../../model/task.ts';
import type { RetriedElements } from '../../executor/run/earlier-work.ts';
import type { ArgumentChecks } from '../../planner/argument-checks.ts';
import type { KeyInputs } from '../../planner/parts.ts';
import type { Surroundings } from '../../planner/planner.ts';
import type { SubPipeline } from '../../planner/wiring.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Loaded } from './load.ts';

export interface PlanOptions {
  /** Absent: no parameters are given and none is required; defaults apply. */
  readonly params?: GivenParams;
  readonly selection: Selection;
  readonly force?: true | ReadonlySet<TaskName>;
  /** Whether the plan looks for stored results. */
  readonly readCache: boolean;
  readonly types: TypeCheck;
  /** Logical time of the run that is planned. Absent: now. */
  readonly at?: Instant | undefined;
}

/** `extract` only finds out parameters and outputs; `strict` also reports edges that could not be checked. */
export type TypeCheck = 'off' | 'extract' | 'on' | 'strict';

export interface Prepared {
  readonly loaded: Loaded;
  readonly selection: Selection;
  readonly force?: PlanOptions['force'] & {};
  readonly types: TypeCheck;
  /** Logical time: the instant that the run works for. */
  readonly at: Instant;
  readonly plan: Plan;
  readonly expressions: Expressions;
  readonly registry: Registry;
  /** The plans of tasks that are pipelines. */
  readonly subs: SubPlans;
  readonly surroundings: Surroundings;
  readonly declaredEnv: Readonly<Record<string, string>>;
  /** The values that are redacted. */
  readonly secrets: readonly string[];
  readonly checks: ArgumentChecks;
  /** Reads of modules besides their arguments, by path of the module. */
  readonly reads: ReadonlyMap<string, readonly OutsideRead[]>;
  /** Parts of the cache keys that the plan does not contain. */
  readonly ground: KeyInputs;
  /** The run that this one repeats. */
  readonly retry?: Repeated;
  /** The elements of its mapped tasks whose results are kept. */
  readonly retried?: RetriedElements;
}

/** A run that is repeated, and what of it runs again. */
export interface Repeated {
  readonly of: RunId;
  readonly again: Again;
}

/** The pipelines among the tasks of another one, by task. */
export interface SubPlans {
  readonly prepared: ReadonlyMap<TaskName, Prepared>;
  readonly described: ReadonlyMap<TaskName, SubPipeline>;
}
