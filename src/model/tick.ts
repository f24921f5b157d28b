/** A tick is a due moment of a trigger, or one firing of a trigger without a schedule. */
import type { Milliseconds } from './ids.ts';

/** An instant that is noticed later than this was missed, unless the trigger says otherwise. */
export const LATE_AFTER_MS: Milliseconds = 60_000;
