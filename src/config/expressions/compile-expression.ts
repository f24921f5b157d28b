/** The source of an expression → the expression. A bare path is read here; CEL does the rest. */
import { type Expression, notEvaluated, ownPart, ROOTS } from './expression.ts';
import { quoted, type Span } from '../yaml/source.ts';

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
