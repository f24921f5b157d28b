import { hasShape, isText, oneOf } from './shape.ts';

/** Who asked for a run. */
export type StartedBy =
  /** `trigger` is PIPELINE/NAME; `tick` identifies its firing: the instant in ISO 8601, or what fired it. */
  | { readonly by: 'trigger'; readonly trigger: string; readonly tick: string }
  | { readonly by: 'cli' | 'api' | 'retry' | 'backfill' | 'pipeline' };

const isTrigger = hasShape({ by: oneOf(['trigger']), trigger: isText, tick: isText });
const isOther = hasShape({ by: oneOf(['cli', 'api', 'retry', 'backfill', 'pipeline']) });

export const isStartedBy = (value: unknown): value is StartedBy =>
  isTrigger(value) || isOther(value);
