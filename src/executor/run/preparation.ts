/** Evaluates what a task needs before its first attempt: its condition, arguments and cache key. */
import type { Digest, Instant, RunId, TaskName } from '../../model/ids.ts';
import { type Expressions, type Scope, truthOf } from '../../model/expression.ts';
import type { SeenRead } from '../../model/input-note.ts';
import { Fault } from '../../model/fault.ts';
import { canonicalJson } from '../../model/json.ts';
import type { Plan, PlannedTask } from '../../model/plan.ts';
import type { ResultRef } from '../../model/result.ts';
import type { TaskStatus } from '../../model/run.ts';
import { cacheKey, elementKey, factsOf, timeFact } from '../../planner/identity.ts';
import { visibleUpstreams } from '../../planner/decision.ts';
import { type Surroundings, valueParts } from '../../planner/used-values.ts';
import type { Outputs } from './outputs.ts';
import type { StoredResults } from './ports.ts';
import type { Argument } from '../ports/protocol.ts';

export interface ReadyTask {
  readonly key: Digest;
  /** Evaluated values of `with`. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Scope of the task's expressions. */
  readonly scope: Scope;
  /** Keys of the elements of a mapped task, if their results may be reused one by one. */
  readonly elementKeys?: readonly Digest[];
  /** The files that it declares, if its result may be kept for reuse. */
  readonly declared?: readonly SeenRead[];
}

export interface PreparationPorts {
  readonly plan: Plan;
  readonly runId: RunId;
  /** Logical time of the run. */
  readonly at: Instant;
  readonly surroundings: Surroundings;
  /** Declared variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly expressions: Expressions;
  readonly io: StoredResults;
  readonly outputs: Outputs;
  readonly run: RunView;
}

/** The part of the run that expressions can read. */
export interface RunView {
  readonly tasks: { statusOf(task: TaskName): TaskStatus };
  /** Returns the outcome of the run, for hooks. */
  outcome(): Pick<Scope['run'], 'status' | 'failed'>;
}

export class Preparation {
  readonly #ports: PreparationPorts;
  readonly #paramsText: string;

  constructor(ports: PreparationPorts) {
    this.#ports = ports;
    this.#paramsText = canonicalJson(ports.plan.params);
  }

  /** Prepares a task whose expressions read no output, so that nothing has to be loaded. */
  prepareNow(task: PlannedTask): ReadyTask {
    return this.#prepared(task, this.#scope(task, {}));
  }

  async prepare(task: PlannedTask): Promise<ReadyTask> {
    const { io, outputs, run } = this.#ports;
    const tasks: [TaskName, Scope['tasks'][TaskName]][] = [];
    for (const name of task.mentions) {
      const status = run.tasks.statusOf(name);
      const ref = outputs.get(name);
      if (ref === undefined) tasks.push([name, { status }]);
      else if (holdsStream(ref)) tasks.push([name, unreadable(name, status)]);
      else tasks.push([name, { status, output: await io.load(ref) }]);
    }
    return this.#prepared(task, this.#scope(task, Object.fromEntries(tasks)));
  }

  holds(task: PlannedTask, scope: Scope): boolean {
    if (task.when === undefined) return true;
    return truthOf(this.#ports.expressions.evaluate(task.when, scope), task.when);
  }

  /** Returns the list that a mapped task runs over. Throws DP1009 when the value is not a list. */
  elementsOf(over: string, { scope }: ReadyTask): readonly unknown[] {
    const elements = this.#ports.expressions.evaluate(over, scope);
    if (Array.isArray(elements)) return elements;
    throw new Fault('DP1009', `map.over: ${over} gives no list`, {
      hint: 'map runs the task once for each element of a list',
    });
  }

  /** Returns the keys of the elements: they depend on all that the task depends on but the list. Undefined where that is not known. */
  elementKeys(task: PlannedTask, elements: readonly unknown[]): readonly Digest[] | undefined {
    const { reads, elementId: id } = task.map ?? {};
    if (reads === undefined || id === undefined || task.settings.cache === false) return undefined;
    const { reads: _, ...rest } = task;
    const { mentions } = reads;
    const base = this.#keyOf({ ...rest, id, mentions, ...(reads.reads && { reads: reads.reads }) });
    return elements.map((element) => elementKey(base, element));
  }

  /** Returns the named arguments; that of a task without output is undefined. */
  argumentsOf(task: PlannedTask, { values }: Pick<ReadyTask, 'values'>): Record<string, Argument> {
    const named: Record<string, Argument> = {};
    for (const [parameter, value] of Object.entries(values))
      named[parameter] = { is: 'value', value };
    for (const edge of task.dependsOn) {
      if (edge.parameter !== undefined)
        named[edge.parameter] = this.#ports.outputs.argument(edge.task);
    }
    return named;
  }

  #prepared(task: PlannedTask, scope: Scope): ReadyTask {
    const { expressions } = this.#ports;
    const names = Object.keys(task.with);
    const values =
      names.length === 0 ? {} : (expressions.render(task.with, scope) as Record<string, unknown>);
    return { scope, values, key: this.#keyOf(task) };
  }

  #keyOf(task: PlannedTask): Digest {
    const { outputs, plan, runId, surroundings, at } = this.#ports;
    const inputs = new Map<TaskName, ResultRef | undefined>();
    for (const name of visibleUpstreams(task)) inputs.set(name, outputs.get(name));
    const { id, codeHash } = task;
    const ground = { surroundings, params: plan.params, paramsText: this.#paramsText };
    const statusOf = (name: TaskName): TaskStatus => this.#ports.run.tasks.statusOf(name);
    const told = { id: runId, pipeline: plan.pipeline, time: timeFact(at) };
    const facts = factsOf(task, { run: (part) => told[part], statusOf }) ?? [];
    return cacheKey({ id, codeHash, inputs, facts, ...valueParts(task, ground) });
  }

  #scope({ hook }: PlannedTask, tasks: Scope['tasks']): Scope {
    const { plan, runId, env, at } = this.#ports;
    const outcome = hook === undefined ? {} : this.#ports.run.outcome();
    const run = { id: runId, pipeline: plan.pipeline, time: new Date(at), ...outcome };
    return { params: plan.params, env, run, tasks };
  }
}

const holdsStream = (ref: ResultRef): boolean =>
  ref.is === 'stream' || (ref.is === 'list' && ref.items.some(holdsStream));

/** Scope entry of a streaming task: expressions cannot read a stream, as it is read once by the code that receives it. */
const unreadable = (name: TaskName, status: string): Scope['tasks'][TaskName] => ({
  status,
  get output(): never {
    throw new Fault(
      'DP1009',
      `the output of task "${name}" is a stream, which expressions cannot read`,
      {
        hint: 'pass it with `needs` or `inputs`, or collect its items in a task',
      },
    );
  },
});

/** Returns the fault of an expression that cannot be evaluated, which fails the task; rethrows any other error. */
export function expressionFault(error: unknown): Fault {
  if (error instanceof Fault && error.code === 'DP1009') return error;
  throw error;
}
