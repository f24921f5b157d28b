import { Fault } from './fault.ts';
import type { RunId, TaskName } from './ids.ts';
import type { Json, JsonObject } from './json.ts';

/** The names an expression can use. */
export interface Scope {
  readonly params: JsonObject;
  /** Declared variables only. */
  readonly env: Readonly<Record<string, string>>;
  readonly run: {
    readonly id: RunId;
    readonly pipeline: string;
    /** Logical time: the instant that the run works for. */
    readonly time: Date;
    /** Status of the run, and the tasks that failed it; in hooks only. */
    readonly status?: 'succeeded' | 'failed' | 'cancelled';
    readonly failed?: readonly TaskName[];
  };
  readonly tasks: Readonly<
    Record<TaskName, { readonly output?: unknown; readonly status: string }>
  >;
  /** The event that fired the trigger, or that a task may have waited for; present only where the condition or the parameters of one are evaluated. */
  readonly event?: Json;
  readonly tick?: TickScope;
}

/** A tick as expressions see it. */
export interface TickScope {
  /** Logical time: the instant of the schedule, or of what fired the trigger. */
  readonly time: Date;
  /** The instant at which the tick is due, jitter included. */
  readonly scheduled: Date;
  /** The time from the tick before up to this one; without a schedule both ends are its time. */
  readonly window: { readonly start: Date; readonly end: Date };
}

/** Evaluates what stands between `${` and `}`. Throws DP1009 when a value is absent or does not fit. */
export interface Expressions {
  evaluate(source: string, scope: Scope): unknown;
  /** Replaces templates in every string inside the value; a string that is one template becomes the value itself. */
  render(value: Json, scope: Scope): unknown;
  /** Returns a command whose templates became quoted references to environment variables, so that the shell never parses a value. */
  shellCommand(
    template: string,
    scope: Scope,
  ): { readonly command: string; readonly env: Readonly<Record<string, string>> };
}

/** Returns the truth value of a condition. Throws DP1009 for anything but true or false: it would skip a task by mistake. */
export function truthOf(value: unknown, when: string): boolean {
  if (typeof value === 'boolean') return value;
  const given = value === null || value === undefined ? String(value) : `a ${typeof value}`;
  throw new Fault('DP1009', `\`when\` is true or false, and \${${when}} gives ${given}`);
}
