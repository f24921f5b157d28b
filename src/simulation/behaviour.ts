/** What simulated attempts do: how long they take, and what becomes of them. */
import type { Milliseconds, TaskName } from '../model/ids.ts';
import type { Attempt } from '../executor/ports/workforce.ts';
import type { Chance } from './chance.ts';
import { unitName } from './history.ts';

export interface Behaviour {
  /** Undefined: never by itself. */
  readonly takesMs: Milliseconds | undefined;
  readonly ends: 'succeeding' | 'failing' | 'failing_for_good' | 'crashing';
  /** The task's own wish for its next attempt. */
  readonly retryAfterMs: Milliseconds | undefined;
  /** After being told to stop; undefined: it does not listen. */
  readonly stopsAfterMs: Milliseconds | undefined;
  /** It tells how far it is, or publishes something, at half its time. */
  readonly tells: 'progress' | 'event' | undefined;
}

/** How often things go wrong, from 0 to 1. */
export interface Mishaps {
  readonly failing: number;
  readonly crashing: number;
  readonly hanging: number;
}

export interface BehaviourPorts {
  readonly chance: Chance;
  readonly mishaps: Mishaps;
  /** Of an earlier run; absent: drawn. */
  readonly durations?: ReadonlyMap<TaskName, Milliseconds>;
}

/** The same for the same attempt of the same holder. */
export function behaviourOf(
  { task, unit, number }: Attempt,
  epoch: number,
  { chance, mishaps, durations }: BehaviourPorts,
): Behaviour {
  const name = `${unitName(task.name, unit.element)} ${number} ${epoch}`;
  const draw = (what: string): number => chance.draw(`${name} ${what}`);
  const usualMs = durations?.get(task.name) ?? chance.between(0, 12, `${task.name} usual`) ** 3;
  const fate = draw('fate');
  const { failing, crashing, hanging } = mishaps;
  const fails = fate < failing;
  const isForGood = fails && draw('for good') < 0.2;
  const crashes = !fails && fate < failing + crashing;
  // Without a timeout it would hang for ever, in a simulation as in the world.
  const canHang = task.settings.timeout !== null && !fails && !crashes;
  const hangs = canHang && fate < failing + crashing + hanging;
  const listens = draw('listens');
  return {
    takesMs: hangs ? undefined : Math.round(usualMs * (0.5 + draw('time'))),
    ends: fails
      ? isForGood
        ? 'failing_for_good'
        : 'failing'
      : crashes
        ? 'crashing'
        : 'succeeding',
    retryAfterMs: fails && draw('wishes') < 0.2 ? Math.round(draw('after') * 5_000) : undefined,
    stopsAfterMs: listens < 0.6 ? Math.round(draw('stop') * 300) : undefined,
    tells: listens < 0.1 ? 'progress' : listens > 0.95 ? 'event' : undefined,
  };
}
