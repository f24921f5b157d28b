/** The facts of a simulated run, step by step: everything that the invariants are checked against. */
import type { RecordedEvent } from '../model/event.ts';
import { impossible } from '../model/fault.ts';
import type { Milliseconds, RunId, TaskName } from '../model/ids.ts';
import type { Plan } from '../model/plan.ts';
import type { Argument } from '../executor/ports/protocol.ts';
import type { Attempt, AttemptOutcome, Workforce } from '../executor/ports/workforce.ts';
import type { EarlierWork } from '../executor/run/earlier-work.ts';
import type { RunEnding } from '../model/run.ts';

export interface RunHistory {
  readonly runId: RunId;
  readonly settings: RunSettings;
  readonly facts: Fact[];
  /** The events on record at the end. */
  record: readonly RecordedEvent[];
}

/** The settings of a run, the same for every holder. */
export interface RunSettings {
  readonly jobs: number;
  readonly byLevel: boolean;
  readonly onFailure: 'continue' | 'stop';
  readonly graceMs: Milliseconds;
  readonly cache: { readonly read: boolean; readonly write: boolean };
}

export type Fact = What & {
  readonly at: Milliseconds;
  /** Number of the process that the fact concerns, from 1. */
  readonly holder: number;
};

export type What =
  /** A process began or resumed the run. */
  | {
      readonly is: 'held';
      readonly plan: Plan;
      readonly epoch: number;
      readonly earlier: EarlierWork | undefined;
      /** Tasks that succeeded on record and whose results are there. */
      readonly sound: ReadonlySet<TaskName>;
    }
  | { readonly is: 'stored'; readonly events: readonly RecordedEvent[] }
  /** Another process holds the run: nothing was stored. */
  | { readonly is: 'refused' }
  | { readonly is: 'told'; readonly event: RecordedEvent; readonly isStored: boolean }
  /** A unit took a place on a thread or as a command; `room` is the number of free places before. */
  | {
      readonly is: 'placed';
      readonly attempt: Attempt;
      readonly room: Workforce['room'];
      readonly named: Readonly<Record<string, Argument>>;
    }
  | { readonly is: 'sent'; readonly attempt: Attempt; readonly isFirst: boolean }
  | { readonly is: 'answered'; readonly attempt: Attempt; readonly outcome: AttemptOutcome }
  | { readonly is: 'taken_back'; readonly attempt: Attempt }
  | { readonly is: 'cancel'; readonly how: 'drain' | 'kill' }
  /** The machine lost power and restarted; what was not flushed may be lost. */
  | { readonly is: 'power_cut' }
  /** The end of the run for the holder; `stuck`: nothing is due any more, although the run has not ended. */
  | {
      readonly is: 'ended';
      readonly ending: RunEnding;
      /** Tasks whose results are not on the disk, or not whole; the next field says whether the record is. */
      readonly unsafe: readonly TaskName[];
      readonly isRecordSafe: boolean;
    }
  | { readonly is: 'gave_up'; readonly error: unknown }
  | { readonly is: 'vanished' }
  | { readonly is: 'stopped' }
  | { readonly is: 'stuck' };

/** Returns a fact as one line. */
export function factLine({ at, holder, ...fact }: Fact): string {
  return `${String(at).padStart(8)} ms  process ${holder}  ${factText(fact)}`;
}

function factText(fact: What): string {
  switch (fact.is) {
    case 'held':
      return fact.earlier === undefined
        ? 'begins the run'
        : `goes on; kept: ${[...fact.earlier.outputs.keys()].join(' ') || 'nothing'}`;
    case 'stored':
      return `stored  ${fact.events.map(eventText).join(', ')}`;
    case 'told':
      return `told    ${eventText(fact.event)}`;
    case 'placed':
      return `placed  ${unitText(fact.attempt)} (room: ${fact.room})`;
    case 'sent':
      return `sent    ${unitText(fact.attempt)}`;
    case 'taken_back':
      return `back    ${unitText(fact.attempt)}`;
    case 'answered': {
      const { outcome } = fact;
      return `answer  ${unitText(fact.attempt)} ${outcome.is === 'failed' ? outcome.failure.reason : outcome.is}`;
    }
    case 'cancel':
      return `is told to stop (${fact.how})`;
    case 'ended':
      return `ended   ${fact.ending.status}`;
    case 'gave_up':
      return `gave up ${String(fact.error)}`;
    case 'refused':
    case 'power_cut':
    case 'vanished':
    case 'stopped':
    case 'stuck':
      return fact.is.replace('_', ' ');
    default:
      return impossible(fact);
  }
}

const unitText = ({ task, unit, number }: Attempt): string =>
  `${unitName(task.name, unit.element)} #${number}`;

function eventText({ topic, task, element, attempt }: RecordedEvent): string {
  const what = topic.replace(/^run\.(?:task\.)?/, '');
  if (task === undefined) return what;
  return `${unitName(task, element)} ${what}${attempt === undefined ? '' : ` #${attempt}`}`;
}

/** Returns the name of a task, or of one element of it. */
export const unitName = (task: string, element: number | undefined): string =>
  element === undefined ? task : `${task}/${element}`;
