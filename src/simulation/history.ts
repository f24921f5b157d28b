/** What happened in a simulated run, step by step: all that the invariants are held against. */
import type { RecordedEvent } from '../model/event.ts';
import { impossible } from '../model/fault.ts';
import type { Milliseconds, RunId, TaskName } from '../model/ids.ts';
import type { Plan } from '../model/plan.ts';
import type { Argument } from '../executor/ports/protocol.ts';
import type { Attempt, Outcome, Workforce } from '../executor/ports/workforce.ts';
import type { EarlierWork } from '../executor/run/earlier-work.ts';
import type { RunEnding } from '../model/run.ts';

export interface RunHistory {
  readonly runId: RunId;
  readonly settings: RunSettings;
  readonly facts: Fact[];
  /** What is on record when all is over. */
  record: readonly RecordedEvent[];
}

/** How a run goes, whoever holds it. */
export interface RunSettings {
  readonly jobs: number;
  readonly byLevel: boolean;
  readonly onFailure: 'continue' | 'stop';
  readonly graceMs: Milliseconds;
  readonly cache: { readonly read: boolean; readonly write: boolean };
}

export type Fact = What & {
  readonly at: Milliseconds;
  /** Number of the process that it happened to, from 1. */
  readonly holder: number;
};

export type What =
  /** A process began the run, or went on with it. */
  | {
      readonly is: 'held';
      readonly plan: Plan;
      readonly epoch: number;
      readonly earlier: EarlierWork | undefined;
      /** Tasks that succeeded, as the record says, and whose results are there. */
      readonly sound: ReadonlySet<TaskName>;
    }
  | { readonly is: 'stored'; readonly events: readonly RecordedEvent[] }
  /** Somebody else holds the run: nothing was stored. */
  | { readonly is: 'refused' }
  | { readonly is: 'told'; readonly event: RecordedEvent; readonly isStored: boolean }
  /** A unit took its place with a thread, or as a command; `room` is what there was before. */
  | {
      readonly is: 'placed';
      readonly attempt: Attempt;
      readonly room: Workforce['room'];
      readonly named: Readonly<Record<string, Argument>>;
    }
  | { readonly is: 'sent'; readonly attempt: Attempt; readonly isFirst: boolean }
  | { readonly is: 'answered'; readonly attempt: Attempt; readonly outcome: Outcome }
  | { readonly is: 'taken_back'; readonly attempt: Attempt }
  | { readonly is: 'cancel'; readonly how: 'drain' | 'kill' }
  /** The machine went down and came back; what was not flushed may be gone. */
  | { readonly is: 'power_cut' }
  /** How it ended for the holder; `stuck`: nothing is due any more, and the run has not ended. */
  | {
      readonly is: 'ended';
      readonly ending: RunEnding;
      /** Results of its tasks that are not on the disk, or not whole; and whether its record is not. */
      readonly unsafe: readonly TaskName[];
      readonly isRecordSafe: boolean;
    }
  | { readonly is: 'gave_up'; readonly error: unknown }
  | { readonly is: 'vanished' }
  | { readonly is: 'stopped' }
  | { readonly is: 'stuck' };

/** A fact on one line. */
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

/** How a task, or one element of it, is called. */
export const unitName = (task: string, element: number | undefined): string =>
  element === undefined ? task : `${task}/${element}`;
