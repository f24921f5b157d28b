/** The invariants of a run as a whole, over all processes that held it. */
import { isLifecycle, type RunEvent } from '../model/event.ts';
import { checkRun, TOTAL_OF } from '../model/run-check.ts';
import { foldRun, type TaskStatus } from '../model/run.ts';
import { unitName, type RunHistory } from './history.ts';
import { type Sentences, OUTCOMES, attemptOf } from './hold.ts';

export const OF_A_RUN: Readonly<Record<string, (history: RunHistory) => Sentences>> = {
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
      // An attempt that was taken back before it began is started again under its number.
      if (attempt !== before + 1 && attempt !== before)
        yield `${unit} #${attempt} follows #${before}`;
      last.set(unit, attempt);
    }
  },

  *'an examination of the state finds nothing wrong with the record'({ record, runId }) {
    yield* checkRun(
      runId,
      record.map((event, at) => ({ seq: at + 1, event })),
    );
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
      .filter(([name]) => !run.hooks.has(name))
      .map(([, { status }]) => TOTAL_OF[status]);
    for (const [name, total] of Object.entries<number>(totals)) {
      const counted = statuses.filter((status) => status === name).length;
      if (counted !== total) yield `it says ${total} ${name}, and there are ${counted}`;
    }
    const open = [...run.tasks].filter(([, { status }]) => OPEN.includes(status));
    if (open.length > 0) yield `it ended, and ${open.map(([name]) => name).join(', ')} did not`;
  },
};

const OPEN: readonly TaskStatus[] = ['pending', 'ready', 'running', 'retrying'];
