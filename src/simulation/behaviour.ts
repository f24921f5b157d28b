/** The behaviour of simulated attempts: how long they take, and how they end. */
import type { Milliseconds, TaskName } from '../model/ids.ts';
import type { Attempt } from '../executor/ports/workforce.ts';
import type { Chance } from './chance.ts';
import { unitName } from './history.ts';

export interface Behaviour {
  /** Time until the attempt ends; undefined: it never ends by itself. */
  readonly takesMs: Milliseconds | undefined;
  readonly ends: 'succeeding' | 'failing' | 'failing_for_good' | 'crashing';
  /** The delay that the task itself asks for before its next attempt. */
  readonly retryAfterMs: Milliseconds | undefined;
  /** Time from a request to stop to the end; undefined: the attempt ignores the request. */
  readonly stopsAfterMs: Milliseconds | undefined;
  /** Whether the attempt reports progress, or publishes an event, at half its time. */
  readonly tells: 'progress' | 'event' | undefined;
}

/** Rates at which things go wrong, from 0 to 1. */
export interface Mishaps {
  readonly failing: number;
  readonly crashing: number;
  readonly hanging: number;
}

export interface BehaviourPorts {
  readonly chance: Chance;
  readonly mishaps: Mishaps;
  /** Durations of an earlier run; absent: they are drawn. */
  readonly durations?: ReadonlyMap<TaskName, Milliseconds>;
}

/** Draws a behaviour. The same attempt of the same holder always gets the same one. */
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
  // Without a timeout the attempt would hang for ever, as it would outside a simulation.
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
