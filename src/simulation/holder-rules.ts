/** The invariants of each process that held a run, from the moment it took hold to its end. */
import { isLifecycle, type RunEvent } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { Digest, TaskName } from '../model/ids.ts';
import type { Plan, PlannedTask } from '../model/plan.ts';
import type { Argument } from '../executor/ports/protocol.ts';
import { delayAfter } from '../executor/run/retry.ts';
import type { Attempt } from '../executor/ports/workforce.ts';
import type { RunHistory } from './history.ts';
import {
  type HolderHistory,
  type Sentences,
  OUTCOMES,
  storedIn,
  endsIn,
  walk,
  unitOf,
  nameOf,
  attemptOf,
} from './hold.ts';
import { statesOf, verdictOn } from './oracle.ts';

export const OF_A_HOLDER: Readonly<Record<string, (hold: HolderHistory) => Sentences>> = {
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
      // The stream that the attempt read broke off: the attempt does not count, and the task began again or ended with its upstream.
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
    // An attempt that vanished with its process before its start got no arguments.
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
        // Undefined stands for an upstream that gave no result, or had not ended.
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

/** Returns the tasks that read live streams, with the attempts in which they did. */
function liveReadersIn({ facts }: HolderHistory): Map<TaskName, Set<string>> {
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

/** Returns which streams an attempt reads, live or stored. */
function streamsIn(named: Readonly<Record<string, Argument>>): string {
  const ids = Object.entries(named).map(([parameter, argument]) => {
    if (argument.is === 'live') return `${parameter} ${argument.at.id}`;
    const isStream = argument.is === 'result' && argument.ref.is === 'stream';
    return isStream ? `${parameter} ${argument.ref.id}` : '';
  });
  return ids.join(' ');
}

/** Tells whether the task has ended before, even where its turn does not come again. */
const isKept = (task: TaskName, { held }: HolderHistory): boolean =>
  held.earlier?.outputs.has(task) === true;

const wasStopped = ({ facts, held, history }: HolderHistory): boolean =>
  facts.some(({ is }) => is === 'cancel') || mayHaveStopped(held.plan, history);

/** Tells whether the run may have been stopped by its own timeout, or because a task failed. */
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

/** Tells whether an attempt takes a place; a pipeline does not, as it runs in a run of its own, nor does a wait. */
const takesPlace = ({ task: { work } }: Attempt): boolean =>
  work.is !== 'pipeline' && work.is !== 'wait';
