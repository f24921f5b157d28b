/**
 * What holds in every history, whatever befalls it. Pure: facts come in, the first that breaks a rule goes out as a sentence.
 * Each rule looks at every fact in turn with what came before it, so that nothing passes for having been mended later.
 */
import {
  isLifecycle,
  type RecordedEvent,
  type RunEvent,
  type RunTotals,
} from '../../model/event.ts';
import { Fault } from '../../model/fault.ts';
import type { Digest, TaskName } from '../../model/ids.ts';
import type { Plan, PlannedTask } from '../../model/plan.ts';
import { foldRun, type TaskStatus } from '../../model/run.ts';
import type { Argument } from '../protocol.ts';
import { delayAfter } from '../retry.ts';
import type { Attempt } from '../workforce.ts';
import { unitName, type Fact, type RunHistory } from './history.ts';
import { endTold, statesOf, verdictOn, type State } from './oracle.ts';

export interface Violation {
  readonly invariant: string;
  readonly message: string;
}

export function violationsOf(history: RunHistory): Violation[] {
  const holds = holdsOf(history);
  const violations: Violation[] = [];
  for (const [invariant, check] of Object.entries(OF_A_HOLDER)) {
    for (const hold of holds) {
      for (const message of check(hold)) violations.push({ invariant, message });
    }
  }
  for (const [invariant, check] of Object.entries(OF_A_RUN)) {
    for (const message of check(history)) violations.push({ invariant, message });
  }
  return violations;
}

/** What happened to one process that held the run. */
interface Hold {
  readonly history: RunHistory;
  readonly held: Extract<Fact, { is: 'held' }>;
  readonly facts: readonly Fact[];
  readonly taskOf: ReadonlyMap<TaskName, PlannedTask>;
}

type Sentences = Generator<string, void>;

const OF_A_HOLDER: Readonly<Record<string, (hold: Hold) => Sentences>> = {
  *'a run ends'({ facts }) {
    const last = facts.at(-1);
    if (facts.some(({ is }) => is === 'stuck'))
      yield 'nothing is due any more, and it has not ended';
    const closed = ['ended', 'gave_up', 'vanished', 'stopped', 'refused', 'stuck'];
    if (last !== undefined && !facts.some(({ is }) => closed.includes(is)))
      yield 'nobody heard of its end';
  },

  *'a run is given up only when the world fails'({ facts }) {
    for (const fact of facts) {
      if (fact.is !== 'gave_up') continue;
      const { error } = fact;
      const isTheWorlds =
        error instanceof Fault && ['DP8002', 'DP6004', 'DP2007'].includes(error.code);
      if (!isTheWorlds) yield `gave up: ${error instanceof Error ? error.stack : String(error)}`;
    }
  },

  *'an event is told after it is stored'({ facts }) {
    for (const fact of facts) if (fact.is === 'told' && !fact.isStored) yield fact.event.id;
  },

  *'an attempt is on record before it is sent'({ facts }) {
    const begun = new Set<string>();
    for (const fact of facts) {
      if (fact.is === 'stored')
        for (const event of fact.events)
          if (event.topic === 'run.task.started') begun.add(attemptOf(event));
      if (fact.is === 'sent' && fact.isFirst && !begun.has(nameOf(fact.attempt)))
        yield nameOf(fact.attempt);
    }
  },

  *'nothing is placed where there is no room'({ facts }) {
    for (const fact of facts)
      if (fact.is === 'placed' && fact.room === 'none' && takesPlace(fact.attempt))
        yield nameOf(fact.attempt);
  },

  *'no limit is exceeded'({ facts, held }) {
    const inUse = new Map<string, Set<string>>();
    for (const fact of facts) {
      if (fact.is !== 'placed' && fact.is !== 'answered' && fact.is !== 'taken_back') continue;
      const { task } = fact.attempt;
      for (const { name, most } of limitsOf(task, held.plan)) {
        const users = inUse.get(name) ?? new Set();
        inUse.set(name, users);
        if (fact.is === 'placed') users.add(nameOf(fact.attempt));
        else users.delete(nameOf(fact.attempt));
        if (users.size > most) yield `${[...users].join(', ')} use ${name}, which admits ${most}`;
      }
    }
  },

  *'a unit is tried once at a time'({ facts }) {
    const underWay = new Set<string>();
    for (const fact of facts) {
      if (fact.is === 'placed') {
        const name = nameOf(fact.attempt);
        const unit = unitOf(fact.attempt);
        if (underWay.has(unit)) yield name;
        underWay.add(unit);
      } else if (fact.is === 'answered' || fact.is === 'taken_back')
        underWay.delete(unitOf(fact.attempt));
    }
  },

  *'a task begins when its upstreams and its level let it'(hold) {
    const readers = liveReadersIn(hold);
    const begun = new Set<TaskName>();
    yield* walk(hold, function* (event, states, task) {
      if (event.topic !== 'run.task.started' && event.topic !== 'run.task.ready') return;
      if (event.topic === 'run.task.started') begun.add(task.name);
      const said = verdictOn(task, states);
      const reads = readers.has(task.name) && !hold.history.settings.byLevel;
      const isOpen = (upstream: TaskName): boolean => states.get(upstream) === 'open';
      const isLive = task.dependsOn.every((edge) => !isOpen(edge.task) || begun.has(edge.task));
      if (said === 'wait' && reads && isLive) return;
      if (said !== 'run') yield `${task.name} ${event.topic} while its upstreams say ${said}`;
      if (!hold.history.settings.byLevel && task.hook === undefined) return;
      const early = hold.held.plan.tasks.find(
        ({ name, level }) =>
          level < task.level && states.get(name) === 'open' && !isKept(name, hold),
      );
      if (early !== undefined) yield `${task.name} ${event.topic} before ${early.name} has ended`;
    });
  },

  *'a task ends as its upstreams say'(hold) {
    const { plan, earlier } = hold.held;
    const ending = hold.facts.find(({ is }) => is === 'ended');
    if (ending === undefined) return;
    const kept = new Set(earlier?.outputs.keys());
    const ended = endsIn(hold);
    const states = statesOf({ plan, byLevel: hold.history.settings.byLevel, kept, ended });
    for (const task of plan.tasks) {
      const state = states.get(task.name) ?? 'open';
      const said = verdictOn(task, states);
      const mayRun = state !== 'upstream_failed';
      const isOpen = state === 'open' || state === 'cancelled';
      const agrees = said === 'wait' ? isOpen : said === 'run' ? mayRun : said === state;
      if (!agrees) yield `${task.name} is ${state}; its upstreams say ${said}`;
      if (isOpen && !wasStopped(hold)) yield `${task.name} has no outcome`;
    }
  },

  *'what succeeded is not done again'(hold) {
    const { facts, held } = hold;
    const { earlier } = held;
    if (earlier === undefined) return;
    for (const task of held.sound)
      if (!earlier.outputs.has(task)) yield `${task} succeeded, and is not kept`;
    const keys = new Map<TaskName | undefined, Digest | null>();
    for (const { topic, task, data } of storedIn(hold))
      if (topic === 'run.task.ready') keys.set(task, data.key);
    for (const fact of facts) {
      if (fact.is !== 'placed') continue;
      const { task, unit } = fact.attempt;
      const before = earlier.elements.get(task.name);
      const isSame = before !== undefined && keys.get(task.name) === before.key;
      const isDone = isSame && before.outputs.has(unit.element ?? -1);
      if (isDone || earlier.outputs.has(task.name)) yield nameOf(fact.attempt);
    }
  },

  *'an answer comes to its event'(hold) {
    if (!hold.facts.some(({ is }) => is === 'ended')) return;
    const outcomes = new Map<string, string[]>();
    for (const event of storedIn(hold)) {
      if (event.attempt === undefined || !OUTCOMES.has(event.topic)) continue;
      const name = attemptOf(event);
      outcomes.set(name, [...(outcomes.get(name) ?? []), event.topic.replace('run.task.', '')]);
    }
    const readers = liveReadersIn(hold);
    const ends = endsIn(hold);
    for (const fact of hold.facts) {
      if (fact.is !== 'answered') continue;
      const name = nameOf(fact.attempt);
      const came = outcomes.get(name)?.join(' and ') ?? 'nothing';
      const { outcome } = fact;
      // What it read broke off: it came to nothing, and the task began anew or ended with its upstream.
      const end = ends.get(fact.attempt.task.name);
      const isVoid =
        readers.get(fact.attempt.task.name)?.has(name) === true &&
        (came === 'retrying' ||
          (came === 'nothing' && (end === 'upstream_failed' || end === 'cancelled')));
      if (isVoid) continue;
      const expected =
        outcome.is === 'cancelled'
          ? ['nothing']
          : outcome.is === 'succeeded'
            ? ['succeeded']
            : ['retrying', outcome.failure.reason === 'timed_out' ? 'timed_out' : 'failed'];
      if (!expected.includes(came)) yield `${name} ${outcome.is}, and on record is ${came}`;
    }
  },

  *'a failure is retried as its policy says'({ facts, held, history }) {
    const tried = new Map<string, number>();
    const dueAt = new Map<string, number>();
    const readLive = new Map<string, string>();
    const stored = new Map<string, RunEvent>();
    for (const fact of facts)
      if (fact.is === 'stored')
        for (const event of fact.events)
          if (isLifecycle(event) && OUTCOMES.has(event.topic)) stored.set(attemptOf(event), event);
    let isStopped = false;
    for (const fact of facts) {
      if (fact.is === 'cancel') isStopped = true;
      if (fact.is === 'placed') {
        const unit = unitOf(fact.attempt);
        // Attempts at a stream that broke off do not count, nor does the wait after one.
        const streams = streamsIn(fact.named);
        if ((readLive.get(unit) ?? streams) !== streams) {
          tried.delete(unit);
          dueAt.delete(unit);
        }
        if (readsLive(fact.named)) readLive.set(unit, streams);
        else readLive.delete(unit);
        if (fact.at < (dueAt.get(unit) ?? 0)) yield `${nameOf(fact.attempt)} did not wait its time`;
        dueAt.delete(unit);
      }
      if (fact.is !== 'answered' || fact.outcome.is !== 'failed') continue;
      const { task, number } = fact.attempt;
      const unit = unitOf(fact.attempt);
      tried.set(unit, (tried.get(unit) ?? 0) + 1);
      const event = stored.get(nameOf(fact.attempt));
      if (event === undefined) continue;
      const seed = `${history.runId}/${unit}/${number}`;
      const delay = delayAfter(task.settings, tried.get(unit)!, fact.outcome.failure, seed);
      if (event.topic === 'run.task.retrying') {
        if (event.data.reason === 'upstream_failed') continue;
        if (event.data.delayMs !== delay)
          yield `${nameOf(fact.attempt)} is tried again after ${event.data.delayMs} ms, not ${delay}`;
        dueAt.set(unit, fact.at + event.data.delayMs);
      } else if (delay !== undefined && !isStopped && !mayHaveStopped(held.plan, history)) {
        yield `${nameOf(fact.attempt)} is not tried again`;
      }
    }
  },

  *'a task is given what its upstreams gave'(hold) {
    const { held } = hold;
    const outputs = new Map<TaskName, string>();
    for (const [task, ref] of held.earlier?.outputs ?? []) outputs.set(task, JSON.stringify(ref));
    for (const [task, { output }] of held.plan.given) outputs.set(task, JSON.stringify(output));
    // What vanishes with its process between its place and its start was given nothing.
    const sent = new Set(hold.facts.map((fact) => (fact.is === 'sent' ? fact.attempt : undefined)));
    for (const event of storedIn(hold)) {
      const isOutput = event.topic === 'run.task.succeeded' || event.topic === 'run.task.cached';
      if (isOutput && event.element === undefined)
        outputs.set(event.task ?? '', JSON.stringify(event.data.output));
    }
    for (const fact of hold.facts) {
      if (fact.is !== 'placed' || !sent.has(fact.attempt)) continue;
      for (const { task, parameter } of fact.attempt.task.dependsOn) {
        const argument = fact.named[parameter ?? ''];
        // Undefined stands for an upstream that gave nothing, or had not ended.
        if (argument?.is !== 'result') continue;
        const given = JSON.stringify(argument.ref);
        if (given !== outputs.get(task))
          yield `${nameOf(fact.attempt)} was given ${given} of ${task}`;
      }
    }
  },

  *'nothing follows the end'({ facts }) {
    let isOver = false;
    for (const fact of facts) {
      if (isOver && (fact.is === 'stored' || fact.is === 'placed' || fact.is === 'sent'))
        yield fact.is;
      if (fact.is !== 'stored') continue;
      for (const event of fact.events) {
        if (isOver) yield `${event.topic} is stored`;
        if (/^run\.(?:succeeded|failed|cancelled)$/.test(event.topic)) isOver = true;
      }
    }
  },

  *'a level begins and ends once, and ends with its last task'(hold) {
    const seen = new Set<string>();
    yield* walk(
      hold,
      () => [],
      function* (event, states) {
        if (event.topic !== 'run.level.started' && event.topic !== 'run.level.completed') return;
        const { level } = event.data;
        const what = `${event.topic} ${level}`;
        if (seen.has(what)) yield `${what} twice`;
        seen.add(what);
        if (event.topic !== 'run.level.completed') return;
        const open = hold.held.plan.tasks.find(
          ({ name, level: of }) =>
            of === level && states.get(name) === 'open' && !isKept(name, hold),
        );
        if (open !== undefined) yield `${what} before ${open.name} has ended`;
      },
    );
  },

  *'a run that ended is safe on the disk'({ facts }) {
    for (const fact of facts) {
      if (fact.is !== 'ended') continue;
      if (!fact.isRecordSafe) yield 'its record is not flushed';
      if (fact.unsafe.length > 0) yield `results of ${fact.unsafe.join(', ')} are not flushed`;
    }
  },
};

const OF_A_RUN: Readonly<Record<string, (history: RunHistory) => Sentences>> = {
  *'only the holder stores'({ facts }) {
    let holder = 0;
    for (const fact of facts) {
      if (fact.is === 'held') ({ holder } = fact);
      if (fact.is === 'stored' && fact.events.length > 0 && fact.holder !== holder)
        yield `process ${fact.holder} stored while process ${holder} held the run`;
    }
  },

  *'a record begins with how the run was started, and is of its own'({ record, runId }) {
    const starts = record.filter(({ topic }) => topic === 'run.started');
    const [first] = record;
    if (first !== undefined && first.topic !== 'run.started') yield `it begins with ${first.topic}`;
    if (starts.length > 1) yield `it was started ${starts.length} times`;
    if (new Set(record.map(({ id }) => id)).size < record.length) yield 'two events have one id';
    for (const { id, runId: of } of record) if (of !== runId) yield `${id} is of ${of}`;
  },

  *'an attempt has one outcome at most'({ record }) {
    const outcomes = new Set<string>();
    for (const event of record) {
      if (event.attempt === undefined || !OUTCOMES.has(event.topic)) continue;
      const name = attemptOf(event);
      if (outcomes.has(name)) yield `${name} ${event.topic} is a second one`;
      outcomes.add(name);
    }
  },

  *'attempts are counted up from 1'({ record }) {
    const last = new Map<string, number>();
    for (const { topic, task = '', element, attempt = 0 } of record) {
      if (topic !== 'run.task.started') continue;
      const unit = unitName(task, element);
      const before = last.get(unit) ?? 0;
      // What was taken back before it began is begun again under its number.
      if (attempt !== before + 1 && attempt !== before)
        yield `${unit} #${attempt} follows #${before}`;
      last.set(unit, attempt);
    }
  },

  *'the record agrees with how it ended'({ runId, facts, record }) {
    const ended = facts.findLast((fact) => fact.is === 'ended');
    const isLast = facts.findLast(({ is }) => is === 'held')?.holder === ended?.holder;
    if (ended === undefined || !isLast) return;
    const run = foldRun(runId, record);
    if (run.status !== ended.ending.status)
      yield `it ended ${ended.ending.status}, and the record says ${run.status}`;
    const last = record.filter((event): event is RunEvent => isLifecycle(event)).at(-1);
    const totals = last !== undefined && 'totals' in last.data ? { ...last.data.totals } : {};
    const statuses = [...run.tasks]
      .filter(([name]) => run.hooks[name] === undefined)
      .map(([, { status }]) => TOTAL_OF[status]);
    for (const [name, total] of Object.entries<number>(totals)) {
      const counted = statuses.filter((status) => status === name).length;
      if (counted !== total) yield `it says ${total} ${name}, and there are ${counted}`;
    }
    const open = [...run.tasks].filter(([, { status }]) => OPEN.includes(status));
    if (open.length > 0) yield `it ended, and ${open.map(([name]) => name).join(', ')} did not`;
  },
};

/** Their names, each a sentence. */
export const INVARIANTS: readonly string[] = [
  ...Object.keys(OF_A_HOLDER),
  ...Object.keys(OF_A_RUN),
];

const OPEN: readonly TaskStatus[] = ['pending', 'ready', 'running', 'retrying'];

const TOTAL_OF: Partial<Record<TaskStatus, keyof RunTotals>> = {
  succeeded: 'succeeded',
  cached: 'cached',
  failed: 'failed',
  timed_out: 'failed',
  skipped: 'skipped',
  upstream_failed: 'upstreamFailed',
  cancelled: 'cancelled',
};

/** How an attempt can come out. */
const OUTCOMES: ReadonlySet<string> = new Set([
  'run.task.succeeded',
  'run.task.failed',
  'run.task.timed_out',
  'run.task.retrying',
]);

// --- Looking at facts -------------------------------------------------------------------------------

function holdsOf(history: RunHistory): Hold[] {
  return history.facts
    .filter((fact) => fact.is === 'held')
    .map((held) => ({
      history,
      held,
      facts: history.facts.filter(({ holder }) => holder === held.holder),
      taskOf: new Map(held.plan.tasks.map((task) => [task.name, task])),
    }));
}

function storedIn({ facts }: Hold): RunEvent[] {
  return facts
    .flatMap((fact) => (fact.is === 'stored' ? fact.events : []))
    .filter((event): event is RunEvent => isLifecycle(event));
}

function endsIn(hold: Hold): Map<TaskName, State> {
  const ended = new Map<TaskName, State>();
  for (const event of storedIn(hold)) note(event, hold, ended);
  return ended;
}

function note(event: RunEvent, { taskOf }: Hold, ended: Map<TaskName, State>): void {
  const task = taskOf.get(event.task ?? '');
  const end = task && endTold(event, task);
  if (task !== undefined && end !== undefined) ended.set(task.name, end);
}

/** Tasks that read live streams, with the attempts in which they did. */
function liveReadersIn({ facts }: Hold): Map<TaskName, Set<string>> {
  const readers = new Map<TaskName, Set<string>>();
  for (const fact of facts) {
    if (fact.is !== 'placed' || !readsLive(fact.named)) continue;
    const { name } = fact.attempt.task;
    readers.set(name, (readers.get(name) ?? new Set()).add(nameOf(fact.attempt)));
  }
  return readers;
}

const readsLive = (named: Readonly<Record<string, Argument>>): boolean =>
  Object.values(named).some(({ is }) => is === 'live');

/** Which streams an attempt reads, live or stored. */
function streamsIn(named: Readonly<Record<string, Argument>>): string {
  const ids = Object.entries(named).map(([parameter, argument]) => {
    if (argument.is === 'live') return `${parameter} ${argument.at.id}`;
    const isStream = argument.is === 'result' && argument.ref.is === 'stream';
    return isStream ? `${parameter} ${argument.ref.id}` : '';
  });
  return ids.join(' ');
}

/** It has ended before, even where its turn does not come again. */
const isKept = (task: TaskName, { held }: Hold): boolean =>
  held.earlier?.outputs.has(task) === true;

/** Every stored event with the states of all tasks as they were before it. */
function* walk(
  hold: Hold,
  ofTask: (event: RunEvent, states: Map<TaskName, State>, task: PlannedTask) => Iterable<string>,
  ofRun: (event: RunEvent, states: Map<TaskName, State>) => Iterable<string> = () => [],
): Sentences {
  const { held, history, taskOf } = hold;
  const { byLevel } = history.settings;
  const kept = new Set(held.earlier?.outputs.keys());
  const ended = new Map<TaskName, State>();
  let states: Map<TaskName, State> | undefined;
  for (const event of storedIn(hold)) {
    states ??= statesOf({ plan: held.plan, byLevel, kept, ended });
    const task = taskOf.get(event.task ?? '');
    yield* task === undefined ? ofRun(event, states) : ofTask(event, states, task);
    const before = ended.size;
    note(event, hold, ended);
    if (ended.size !== before) states = undefined;
  }
}

const wasStopped = ({ facts, held, history }: Hold): boolean =>
  facts.some(({ is }) => is === 'cancel') || mayHaveStopped(held.plan, history);

/** By its own timeout, or because a task failed. */
const mayHaveStopped = ({ timeout }: Plan, { settings }: RunHistory): boolean =>
  timeout !== null || settings.onFailure === 'stop';

function limitsOf(
  { name, map, settings: { pool } }: PlannedTask,
  { pools }: Plan,
): { name: string; most: number }[] {
  const limits = [];
  if (pool !== null) limits.push({ name: `pool ${pool}`, most: pools.get(pool) ?? 1 });
  if (map !== undefined && map.maxParallel !== null)
    limits.push({ name: `max_parallel of ${name}`, most: map.maxParallel });
  return limits;
}

const unitOf = ({ task, unit }: Attempt): string => unitName(task.name, unit.element);

const nameOf = (attempt: Attempt): string => `${unitOf(attempt)} #${attempt.number}`;

const attemptOf = ({ task = '', element, attempt = 0 }: RecordedEvent): string =>
  `${unitName(task, element)} #${attempt}`;

/** A pipeline runs in a run of its own. */
const takesPlace = ({ task }: Attempt): boolean => task.work.is !== 'pipeline';
