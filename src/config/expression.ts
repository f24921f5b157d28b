/**
 * What stands between `${` and `}`: a CEL expression (https://cel.dev), compiled once and evaluated often.
 *
 * Names: `params.NAME`, `env.NAME` (declared ones), `tasks.NAME.output`, `tasks.NAME.status` (`tasks["my-task"]` when the
 * name has a dash), `run.id`, `run.pipeline`; in triggers `event`. A bare path such as `tasks.clean.output.months` gives the
 * value itself, untouched. In everything else whole numbers are CEL ints, others doubles; the two mix in arithmetic, and a
 * result beyond 2^53 is an error, never rounded. `7 / 2` is 3.
 */
import type { Scope } from '../model/expression.ts';
import { Fault } from '../model/fault.ts';
import { quoted, type Span } from './source.ts';

/** What an expression does not refer to may be left out. */
export type Names = Partial<Scope>;
export const ROOTS = ['params', 'env', 'tasks', 'run', 'event'] as const satisfies (keyof Names)[];

/** A use of a name: `tasks.clean.output.months` is the path `tasks clean output months`. */
export interface Reference extends Span {
  /** As far as it is known before evaluation; the first part is the name of a root, or an unknown name. */
  readonly path: readonly string[];
}

export interface Expression {
  readonly source: string;
  readonly references: readonly Reference[];
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

const SEGMENT = /\.\s*([A-Za-z_]\w*)|\[\s*(?:"([^"\\]*)"|'([^'\\]*)'|(\d{1,9}))\s*\]/gy;

/** Throws ExpressionProblem. CEL is loaded when the first expression comes that is more than a path. */
export async function compileExpression(source: string): Promise<Expression> {
  const path = readPath(source);
  if (path !== undefined) return pathExpression(source, path);
  const { compileCel } = await import('./cel.ts');
  return compileCel(source);
}

interface Path extends Span {
  readonly parts: readonly (string | number)[];
}

function readPath(source: string): Path | undefined {
  const root = /^\s*([a-z]+)/.exec(source);
  if (root === null || !(ROOTS as readonly string[]).includes(root[1]!)) return undefined;
  const parts: (string | number)[] = [root[1]!];
  let end = root[0].length;
  for (const [segment, field, double, single, index] of source.slice(end).matchAll(SEGMENT)) {
    parts.push(index === undefined ? (field ?? double ?? single ?? '') : Number(index));
    end += segment.length;
  }
  if (source.slice(end).trim() !== '') return undefined;
  return { parts, start: source.length - source.trimStart().length, end };
}

function pathExpression(source: string, { parts, start, end }: Path): Expression {
  const firstIndex = parts.findIndex((part) => typeof part === 'number');
  const known = parts.slice(0, firstIndex === -1 ? parts.length : firstIndex);
  return {
    source,
    references: [{ path: known.map(String), start, end }],
    evaluate(names) {
      let value: unknown = names;
      for (const [index, part] of parts.entries()) {
        const own = ownPart(value, part);
        if (own === undefined) throw notEvaluated(source, absence(parts.slice(0, index + 1)));
        value = own.value;
      }
      return value;
    },
  };
}

function absence(path: readonly (string | number)[]): string {
  const [root, name, field] = path;
  if (root === 'tasks' && field === 'output' && path.length === 3)
    return `task "${name}" gave no output`;
  if (root === 'env' && path.length === 2)
    return `the environment variable ${quoted(String(name))} is not set`;
  const steps = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`));
  return `there is no ${steps.join('').slice(1)}`;
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
