/** Messages between the planner, which asks about edges, and the compiler, which answers. They are plain data, so that answers can be cached. */
import type { Place } from '../../model/diagnostic.ts';
import type { TaskDefinition } from '../../model/task.ts';

/**
 * TypeScript text that calls every step with what feeds it. ASCII only, so that offsets mean the same to every compiler.
 * It may use: `t0`, `t1`… the functions of `uses`, by index; `step(t)(arguments)`, which gives what the steps behind it receive;
 * `loose(t)(arguments)` for functions without types; `given`, which is `any`; `each(list)`, one element of a list; `condition({ when })`,
 * which takes true or false; `read(output)`, an output as expressions see it; and
 * the types `Streamed<T>`, a list as the stream of its items, `Shell`, the output of a command, and `ReceivedEvent`, that of a wait.
 */
export interface CheckRequest {
  readonly text: string;
  readonly uses: readonly TaskDefinition[];
  /** Ranges of `text`. A finding belongs to the smallest one that holds it. */
  readonly spots: readonly Spot[];
  /** True to look for `any` and `unknown` too, which adds about half to the time. */
  readonly strict: boolean;
}

export interface Spot {
  /** Offsets of the first character and of the one after the last. */
  readonly start: number;
  readonly end: number;
}

export interface CheckOutcome {
  readonly findings: readonly SpotError[];
  /** Spots at which a value of type `any` or `unknown` is handed on; only when `strict` asks for them. */
  readonly untyped: readonly { readonly spot: number; readonly type: 'any' | 'unknown' }[];
}

/** One error of the compiler, inside a spot. */
export interface SpotError {
  readonly spot: number;
  /** The compiler's reason, outermost first; deeper reasons are indented by two spaces each. */
  readonly reason: readonly string[];
  /** Type of the expression at the spot. */
  readonly gives: string;
  /** Place of the declaration that the compiler names as the cause of the expectation. */
  readonly expectedAt?: Place;
}
