import type { Instant } from '../model/ids.ts';
import { LATE_AFTER_MS } from '../model/tick.ts';
import { dueIn, type NextInstant } from './on-time.ts';
import { nextCronInstant } from './next-cron-instant.ts';
import type { Firing, Trigger } from './trigger.ts';

/** One due moment. */
export interface Tick {
  /** When it was due. */
  readonly planned: Date;
  /** When it fired. */
  readonly at: Date;
}

/**
 * Fires at the moments of a cron expression: five fields, six with seconds in front, or a nickname such as `@daily`.
 * `timezone` is an IANA name, default UTC. Starting it throws DP1010 for a bad expression or an unknown zone.
 */
export function cronTrigger(
  cron: string,
  { timezone = 'UTC' }: { readonly timezone?: string } = {},
): Trigger<Tick> {
  let next: NextInstant | undefined;
  return {
    start: (firing) => {
      next = nextCronInstant(cron, timezone);
      keepTicking(next, firing);
    },
    next: (now) => next?.(now),
  };
}

/** Looks at the clock at each due moment, and at least once a minute, as calendar time may jump. */
function keepTicking(next: NextInstant, { signal, clock, fire, missed }: Firing<Tick>): void {
  let seen = clock.now();
  let timer = arm();
  signal.addEventListener('abort', () => timer.clear(), { once: true });

  function arm() {
    return clock.after(Math.min(next(seen) - clock.now(), LATE_AFTER_MS), look);
  }

  function look(): void {
    const now = clock.now();
    // A clock that was set back: what has fired does not fire again.
    const due = now <= seen ? NOTHING_DUE : dueIn(next, seen, now);
    if (due.missed !== undefined) missed(due.missed);
    for (const at of due.onTime) void fire({ planned: new Date(at), at: new Date(now) });
    seen = Math.max(seen, now);
    timer = arm();
  }
}

const NOTHING_DUE = { onTime: [] as readonly Instant[], missed: undefined };
