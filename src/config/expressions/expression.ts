/**
 * What stands between `${` and `}`: a CEL expression (https://cel.dev), compiled once and evaluated often.
 *
 * Names: `params.NAME`, `env.NAME` (declared ones), `tasks.NAME.output`, `tasks.NAME.status` (`tasks["my-task"]` when the
 * name has a dash), `run.id`, `run.pipeline`; in triggers `event`. A bare path such as `tasks.clean.output.months` gives the
 * value itself, untouched. In everything else whole numbers are CEL ints, others doubles; the two mix in arithmetic, and a
 * result beyond 2^53 is an error, never rounded. `7 / 2` is 3.
 */
import type { Scope } from '../../model/expression.ts';
import { Fault } from '../../model/fault.ts';
import type { JsonType } from '../params/param-schema.ts';
import type { Span } from '../yaml/source.ts';

/** What an expression does not refer to may be left out. */
export type Names = Partial<Scope>;
export const ROOTS = ['params', 'env', 'tasks', 'run', 'event'] as const satisfies (keyof Names)[];

/** A use of a name: `tasks.clean.output.months` is the path `tasks clean output months`. */
export interface Reference extends Span {
  /** As far as it is known before evaluation; the first part is the name of a root, or an unknown name. */
  readonly path: readonly string[];
  /** No evaluation goes without it; false behind `has()`, `&&`, `||`, `? :` and inside of loops. */
  readonly isCertain: boolean;
}

/** The types of JSON, and `other` for what is none of them, such as a point in time. */
export type ValueType = JsonType | 'other';

/** What is known of the value before evaluation: the path that names it, or the type that CEL works out. */
export type ValueShape =
  | { readonly is: 'path'; readonly parts: readonly (string | number)[] }
  | { readonly is: 'computed'; readonly type: ValueType | undefined };

export interface Expression {
  readonly source: string;
  readonly references: readonly Reference[];
  readonly shape: ValueShape;
  /** Throws a Fault DP1009 that names the expression when it cannot be evaluated. */
  evaluate(names: Names): unknown;
}

/** Why an expression does not compile; the span is inside its source. */
export class ExpressionProblem extends Error {
  override readonly name = 'ExpressionProblem';
  readonly span: Span;

  constructor(message: string, span: Span, options?: ErrorOptions) {
    super(message, options);
    this.span = span;
  }
}

/** Own properties only: nothing inherited is reachable from an expression. */
export function ownPart(
  value: unknown,
  part: string | number,
): { readonly value: unknown } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    return typeof part === 'number' && part < value.length ? { value: value[part] } : undefined;
  }
  if (value instanceof Map) return value.has(part) ? { value: value.get(part) } : undefined;
  return Object.hasOwn(value, part) ? { value: Reflect.get(value, part) } : undefined;
}

export function notEvaluated(source: string, why: string, cause?: unknown): Fault {
  return new Fault('DP1009', `\${${source.trim()}} cannot be evaluated: ${why}`, { cause });
}
