/** Decides which of the ticks that are due are to be fired, and what becomes of those that were noticed too late. Pure. */
import type { Instant, Milliseconds } from '../../model/ids.ts';
import type { Catchup } from '../../model/pipeline.ts';
import type { DueTick, Pause, TickVerdict } from '../../model/tick.ts';

export interface CatchUpPolicy {
  readonly catchup: Catchup;
  readonly lateAfterMs: Milliseconds;
}

/** When the ticks were noticed, and what held them back. */
export interface Noticing {
  readonly now: Instant;
  /** Ticks after `since` are `paused` unless they are caught up on; those up to `upTo` are never on time. */
  readonly pause?: PauseSpan | undefined;
  /** Returns why a tick that might be fired is not to be; undefined lets it fire. */
  readonly objection: (tick: DueTick) => TickVerdict | undefined;
}

export interface PauseSpan extends Pause {
  readonly upTo: Instant;
}

export type SettledTick =
  | { readonly is: 'fire'; readonly tick: DueTick; readonly because: 'due' | 'caught_up' }
  | { readonly is: 'let_go'; readonly tick: DueTick; readonly verdict: TickVerdict };

/** Yields each tick once, in order. `ticks` are those of one trigger, in order; any number of them takes little memory. */
export function* settled(
  ticks: Iterable<DueTick>,
  policy: CatchUpPolicy,
  noticing: Noticing,
): Generator<SettledTick> {
  const { catchup } = policy;
  /** Missed ticks that are caught up on unless more follow, and what stands between them. */
  let held: SettledTick[] = [];
  let candidates = 0;
  for (const tick of ticks) {
    const step = stepFor(tick, policy, noticing);
    if (step.is === 'fire' && step.because === 'caught_up') {
      held.push(step);
      candidates++;
      if (candidates <= catchup.limit) continue;
      const first = held.shift()!; // a candidate always comes first, and there is one
      yield { is: 'let_go', tick: first.tick, verdict: BEYOND_LIMIT };
      candidates--;
    } else if (held.length > 0 && step.is === 'let_go') held.push(step);
    else {
      yield* held;
      held = [];
      candidates = 0;
      yield step;
      continue;
    }
    const next = held.findIndex(({ is }) => is === 'fire');
    yield* held.splice(0, next);
  }
  yield* held;
}

const BEYOND_LIMIT = { outcome: 'skipped_catchup', beyond: 'limit' } as const;

function stepFor(
  tick: DueTick,
  { catchup, lateAfterMs }: CatchUpPolicy,
  { now, pause, objection }: Noticing,
): SettledTick {
  const letGo = (verdict: TickVerdict): SettledTick => ({ is: 'let_go', tick, verdict });
  const isPaused = pause !== undefined && tick.at > pause.since && tick.at <= pause.upTo;
  const isOnTime = !isPaused && now - tick.at <= lateAfterMs;
  if (!isOnTime && catchup.mode === 'none')
    return letGo(isPaused ? pausedBy(pause) : { outcome: 'missed' });
  if (!isOnTime && catchup.window !== null && now - tick.at > catchup.window * 1000)
    return letGo({ outcome: 'skipped_catchup', beyond: 'window' });
  const verdict = objection(tick);
  if (verdict !== undefined) return letGo(verdict);
  return { is: 'fire', tick, because: isOnTime ? 'due' : 'caught_up' };
}

function pausedBy({ author, note }: Pause): TickVerdict {
  return { outcome: 'paused', author, ...(note === undefined ? {} : { note }) };
}
