/** Compiles the source of an expression. A bare path is read here; CEL does the rest. */
import { knownNames, type Path, readPath } from '../../model/path.ts';
import { type Expression, notEvaluated, ownPart, ROOTS } from './expression.ts';
import { quoted } from '../yaml/source.ts';

/** Throws ExpressionProblem. CEL is loaded for the first expression that is more than a path. */
export async function compileExpression(source: string): Promise<Expression> {
  const path = readPath(source);
  if (path !== undefined && ROOTS.some((root) => root === path.parts[0]))
    return pathExpression(source, path);
  const { compileCel } = await import('./cel.ts');
  return compileCel(source);
}

function pathExpression(source: string, path: Path): Expression {
  const { parts, start, end } = path;
  return {
    source,
    references: [{ path: knownNames(path), isCertain: true, start, end }],
    shape: { is: 'path', parts },
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
