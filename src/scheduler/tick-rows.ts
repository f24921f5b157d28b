/** Writes the rows of decided ticks. Of a long sequence that was let go, the rest is one row. */
import type { Instant } from '../model/ids.ts';
import type { DecidedTick, DueTick, TickOutcome, TickVerdict } from '../model/tick.ts';
import type { LedgerTransaction, TriggerRecord } from '../store/tick-ledger.ts';

/** Rows of one outcome, in a row, that stand for a tick each. */
const ROWS_APIECE = 1_000;
const SUMMED_UP: ReadonlySet<TickOutcome> = new Set(['paused', 'missed', 'skipped_catchup']);

interface RowMoment {
  readonly now: Instant;
  readonly decidedBy: string;
  readonly tz: string;
}

export class TickRows {
  /** The rows that were added, in their order. */
  readonly added: DecidedTick[] = [];
  readonly #transaction: LedgerTransaction;
  readonly #trigger: string;
  readonly #moment: RowMoment;
  #streak: TriggerRecord['streak'];
  /** Ticks for which the last row of the streak is to stand, beside those that it stands for. */
  #more: { until: Instant; count: number } | undefined;

  constructor(
    transaction: LedgerTransaction,
    { trigger, streak }: Pick<TriggerRecord, 'trigger' | 'streak'>,
    moment: RowMoment,
  ) {
    this.#transaction = transaction;
    this.#trigger = trigger;
    this.#moment = moment;
    this.#streak = streak;
  }

  /** Asks for the verdict unless the tick has one. Returns its row when it gets one of its own. */
  add(tick: DueTick, given: TickVerdict | (() => TickVerdict)): DecidedTick | undefined {
    if (typeof given === 'object' && this.#isSummedUp(given)) {
      this.#more = { until: tick.at, count: (this.#more?.count ?? 0) + 1 };
      return undefined;
    }
    this.#extend();
    if (this.#transaction.has(this.#trigger, tick)) return undefined;
    const verdict = typeof given === 'function' ? given() : given;
    const { outcome } = verdict;
    const before = this.#streak?.outcome === outcome ? this.#streak.count : 0;
    this.#streak = { outcome, count: before + 1, firing: tick.firing };
    const { now, decidedBy, tz } = this.#moment;
    const { at, firing } = tick;
    const row = { trigger: this.#trigger, at, firing, verdict, decidedAt: now, decidedBy, tz };
    this.#transaction.add(row);
    this.added.push(row);
    return row;
  }

  /** Returns the streak at the end. */
  end(): TriggerRecord['streak'] {
    this.#extend();
    return this.#streak;
  }

  /** Returns whether the last row of the streak stands for what follows, too. */
  #isSummedUp({ outcome }: TickVerdict): boolean {
    const { outcome: before, count } = this.#streak ?? { outcome: undefined, count: 0 };
    return before === outcome && count > ROWS_APIECE && SUMMED_UP.has(outcome);
  }

  #extend(): void {
    const { until, count } = this.#more ?? { until: 0, count: 0 };
    if (count > 0 && this.#streak !== null)
      this.#transaction.extend(
        { trigger: this.#trigger, firing: this.#streak.firing },
        until,
        count,
      );
    this.#more = undefined;
  }
}
