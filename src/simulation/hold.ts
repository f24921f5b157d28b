/** The facts about one process that held a run, and views of them. */
import { isLifecycle, type RecordedEvent, type RunEvent } from '../model/event.ts';
import type { TaskName } from '../model/ids.ts';
import type { PlannedTask } from '../model/plan.ts';
import type { Attempt } from '../executor/ports/workforce.ts';
import { unitName, type Fact, type RunHistory } from './history.ts';
import { endTold, statesOf, type UpstreamState } from './oracle.ts';

/** The facts about one process that held the run. */
export interface HolderHistory {
  readonly history: RunHistory;
  readonly held: Extract<Fact, { is: 'held' }>;
  readonly facts: readonly Fact[];
  readonly taskOf: ReadonlyMap<TaskName, PlannedTask>;
}

export type Sentences = Generator<string, void>;

/** The topics of events that tell the outcome of an attempt. */
export const OUTCOMES: ReadonlySet<string> = new Set([
  'run.task.succeeded',
  'run.task.failed',
  'run.task.timed_out',
  'run.task.retrying',
]);

export function holdsOf(history: RunHistory): HolderHistory[] {
  return history.facts
    .filter((fact) => fact.is === 'held')
    .map((held) => ({
      history,
      held,
      facts: history.facts.filter(({ holder }) => holder === held.holder),
      taskOf: new Map(held.plan.tasks.map((task) => [task.name, task])),
    }));
}

export function storedIn({ facts }: HolderHistory): RunEvent[] {
  return facts
    .flatMap((fact) => (fact.is === 'stored' ? fact.events : []))
    .filter((event): event is RunEvent => isLifecycle(event));
}

export function endsIn(hold: HolderHistory): Map<TaskName, UpstreamState> {
  const ended = new Map<TaskName, UpstreamState>();
  for (const event of storedIn(hold)) note(event, hold, ended);
  return ended;
}

function note(
  event: RunEvent,
  { taskOf }: HolderHistory,
  ended: Map<TaskName, UpstreamState>,
): void {
  const task = taskOf.get(event.task ?? '');
  const end = task && endTold(event, task);
  if (task !== undefined && end !== undefined) ended.set(task.name, end);
}

/** Yields every stored event with the states of all tasks before it. */
export function* walk(
  hold: HolderHistory,
  ofTask: (
    event: RunEvent,
    states: Map<TaskName, UpstreamState>,
    task: PlannedTask,
  ) => Iterable<string>,
  ofRun: (event: RunEvent, states: Map<TaskName, UpstreamState>) => Iterable<string> = () => [],
): Sentences {
  const { held, history, taskOf } = hold;
  const { byLevel } = history.settings;
  const kept = new Set(held.earlier?.outputs.keys());
  const ended = new Map<TaskName, UpstreamState>();
  let states: Map<TaskName, UpstreamState> | undefined;
  for (const event of storedIn(hold)) {
    states ??= statesOf({ plan: held.plan, byLevel, kept, ended });
    const task = taskOf.get(event.task ?? '');
    yield* task === undefined ? ofRun(event, states) : ofTask(event, states, task);
    const before = ended.size;
    note(event, hold, ended);
    if (ended.size !== before) states = undefined;
  }
}

export const unitOf = ({ task, unit }: Attempt): string => unitName(task.name, unit.element);

export const nameOf = (attempt: Attempt): string => `${unitOf(attempt)} #${attempt.number}`;

export const attemptOf = ({ task = '', element, attempt = 0 }: RecordedEvent): string =>
  `${unitName(task, element)} #${attempt}`;
