/**
 * Expression between `${` and `}`: a CEL expression (https://cel.dev), compiled once and evaluated often.
 *
 * Names: `params.NAME`, `env.NAME` (declared ones), `tasks.NAME.output`, `tasks.NAME.status` (`tasks["my-task"]` when the
 * name has a dash), `run.id`, `run.pipeline`, `run.time`; in triggers `event` and `tick`; in the condition of `wait_for` `event`. A bare path such as `tasks.clean.output.months` gives the
 * value itself, untouched. In everything else whole numbers are CEL ints, others doubles; the two mix in arithmetic, and a
 * result beyond 2^53 is an error, never rounded. `7 / 2` is 3.
 */
import type { Scope } from '../../model/expression.ts';
import { Fault } from '../../model/fault.ts';
import type { JsonType } from '../params/param-schema.ts';
import type { Span } from '../yaml/source.ts';

/** Values by root name. Those that an expression does not refer to may be absent. */
export type Names = Partial<Scope>;
export const ROOTS = [
  'params',
  'env',
  'tasks',
  'run',
  'event',
  'tick',
] as const satisfies (keyof Names)[];

/** A use of a name: `tasks.clean.output.months` is the path `tasks clean output months`. */
export interface Reference extends Span {
  /** Parts that are known before evaluation; the first is the name of a root, or an unknown name. */
  readonly path: readonly string[];
  /** True when every evaluation needs the value; false behind `has()`, `&&`, `||`, `? :` and inside loops. */
  readonly isCertain: boolean;
}

/** Types of JSON, and `other` for any other type, such as a point in time. */
export type ValueType = JsonType | 'other';

/** Knowledge of the value before evaluation: the path that names it, or the type that CEL infers. */
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

/** Error that keeps an expression from compiling. The span is inside its source. */
export class ExpressionProblem extends Error {
  override readonly name = 'ExpressionProblem';
  readonly span: Span;

  constructor(message: string, span: Span, options?: ErrorOptions) {
    super(message, options);
    this.span = span;
  }
}

/** Returns own properties only: an expression cannot reach inherited ones. */
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
