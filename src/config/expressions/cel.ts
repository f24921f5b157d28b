/** Compiles expressions that are more than a path, with the CEL library. Only `compile-expression.ts` imports this, and only when needed. */
import { type ASTNode, Environment, ParseError, TypeError } from '@marcbachmann/cel-js';
import { knownNames, readPath } from '../../model/path.ts';
import { runBounded } from '../../lib/bounded.ts';
import type { Span } from '../yaml/source.ts';
import { checkCall, registerFunctions } from './cel-functions.ts';
import { fromCel, Unconvertible, toCel } from './cel-values.ts';
import { inWords } from './cel-problem.ts';
import { DatePatternProblem } from './date-text.ts';
import {
  type Expression,
  ExpressionProblem,
  notEvaluated,
  ownPart,
  type Reference,
  type Names,
  type ValueType,
} from './expression.ts';

/** Limits for expressions that people write and read; larger ones belong in a task. */
const LIMITS = { maxAstNodes: 1000, maxDepth: 50 };
/** Time limit for loops over outputs and for regular expressions, which block the thread. */
const EVALUATION_LIMIT_MS = 1000;
/** Nodes that may be paths, by their text. */
const PATHS = new Set(['id', '.', '[]']);
const LOOPS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

const environment = mixNumbers(
  new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    limits: LIMITS,
  }),
);
registerFunctions(environment);
const FUNCTIONS = new Set(environment.getDefinitions().functions.map(({ name }) => name));

/** JSON has one kind of number, so `params.rate * 1.5` has to work also when the rate is a whole number. */
function mixNumbers(target: Environment): Environment {
  const operators = {
    '+': (a: number, b: number) => a + b,
    '-': (a: number, b: number) => a - b,
    '*': (a: number, b: number) => a * b,
    '/': (a: number, b: number) => a / b,
  };
  for (const [sign, apply] of Object.entries(operators)) {
    const mixed = (a: bigint | number, b: bigint | number): number => apply(Number(a), Number(b));
    target.registerOperator(`int ${sign} double`, mixed);
    target.registerOperator(`double ${sign} int`, mixed);
  }
  return target;
}

/** Throws ExpressionProblem. */
export function compileCel(source: string): Expression {
  const { program, type } = parse(source);
  const { references, costly } = survey(program.ast, source);
  return {
    source,
    references,
    shape: { is: 'computed', type },
    evaluate(names) {
      try {
        const values = toCel();
        const context = contextFor(references, names, values.convert);
        const result: unknown = costly
          ? runBounded(() => program(context) as unknown, EVALUATION_LIMIT_MS)
          : program(context);
        return fromCel(result, values.original);
      } catch (cause) {
        throw notEvaluated(source, reason(cause), cause);
      }
    },
  };
}

interface ParsedExpression {
  readonly program: ReturnType<Environment['parse']>;
  readonly type: ValueType | undefined;
}

function parse(source: string): ParsedExpression {
  try {
    const program = environment.parse(source);
    const { error, type } = program.check();
    if (error !== undefined) throw error;
    return { program, type: type === undefined || type === 'dyn' ? undefined : valueType(type) };
  } catch (cause) {
    if (!(cause instanceof ParseError || cause instanceof TypeError)) throw cause;
    const { start, end } = cause.range ?? { start: 0, end: source.length };
    if (source.trim() === '')
      throw new ExpressionProblem(
        'the expression is empty',
        { start: 0, end: source.length },
        { cause },
      );
    throw new ExpressionProblem(reason(cause), { start, end: Math.max(end, start + 1) }, { cause });
  }
}

/** CEL's names of types, without the types of their contents, as in `list<int>`. */
const VALUE_TYPES = new Map<string, ValueType>([
  ['bool', 'boolean'],
  ['string', 'string'],
  ['int', 'integer'],
  ['uint', 'integer'],
  ['double', 'number'],
  ['list', 'array'],
  ['map', 'object'],
  ['null', 'null'],
]);
const valueType = (type: string): ValueType => VALUE_TYPES.get(type.replace(/<.*$/, '')) ?? 'other';

/** Finds the names that an expression uses, and whether its cost may grow faster than its text. */
function survey(
  ast: ASTNode,
  source: string,
): { references: readonly Reference[]; costly: boolean } {
  const references: Reference[] = [];
  let costly = false;
  // Recursion is bounded by LIMITS.maxDepth.
  const visit = (node: ASTNode, at: Standing): void => {
    const path = PATHS.has(node.op) ? readPath(source.slice(node.start, node.end)) : undefined;
    if (path !== undefined) {
      const names = knownNames(path);
      const { start, end } = node;
      if (!at.bound.has(names[0]!))
        references.push({ path: names, isCertain: at.isCertain, start, end });
      return;
    }
    const maybe = { ...at, isCertain: false };
    switch (node.op) {
      case 'value':
      case 'id':
        return;
      case '.':
        visit(node.args[0], at);
        return;
      case '.?':
        visit(node.args[0], maybe);
        return;
      case 'call': {
        const [name, given] = node.args;
        checkWritten(name, given, node);
        for (const argument of given) visit(argument, name === 'has' ? maybe : at);
        return;
      }
      case 'rcall': {
        const [name, receiver, given] = node.args;
        visit(receiver, at);
        const [variable] = given;
        const loops = LOOPS.has(name) && variable?.op === 'id';
        costly ||= loops || name === 'matches';
        const inside = loops
          ? { bound: new Set([...at.bound, variable.args]), isCertain: false }
          : at;
        for (const argument of given) visit(argument, inside);
        return;
      }
      case 'list':
        for (const item of node.args) visit(item, at);
        return;
      case 'map':
        for (const operand of node.args.flat()) visit(operand, at);
        return;
      case '!_':
      case '-_':
        visit(node.args, at);
        return;
      case '&&':
      case '||':
        // An error on one side is ignored when the other side decides.
        for (const operand of node.args) visit(operand, maybe);
        return;
      case '?:': {
        const [condition, ...branches] = node.args;
        visit(condition, at);
        for (const branch of branches) visit(branch, maybe);
        return;
      }
      default:
        for (const operand of node.args) visit(operand, at);
    }
  };
  visit(ast, { bound: new Set(), isCertain: true });
  return { references, costly };
}

/** Throws ExpressionProblem for a call whose written arguments cannot be used. */
function checkWritten(name: string, given: readonly ASTNode[], { start, end }: Span): void {
  try {
    checkCall(name, given);
  } catch (cause) {
    if (!(cause instanceof DatePatternProblem)) throw cause;
    throw new ExpressionProblem(`${name}(…) ${cause.message}`, { start, end }, { cause });
  }
}

/** Context of a part of an expression: the names of loop variables there, and whether the part is always evaluated. */
interface Standing {
  readonly bound: ReadonlySet<string>;
  readonly isCertain: boolean;
}

/** Returns only the values that are referred to: an output of a million rows is not converted to read one field of it. */
function contextFor(
  references: readonly Reference[],
  names: Names,
  convert: (value: unknown) => unknown,
): Branch {
  const context = newBranch();
  // The shortest path comes first, so that a whole value covers the paths into it.
  for (const { path } of references.toSorted((a, b) => a.path.length - b.path.length)) {
    place(path, names, context, convert);
  }
  return context;
}

type Branch = Record<string, unknown>;

/** Creates an object without a prototype, so that an expression sees only what was put there. */
function newBranch(): Branch {
  return Object.create(null) as Branch;
}

/** Leaves absent values out; CEL reports them itself, or `has()` tests for them. */
function place(
  path: readonly string[],
  names: Names,
  context: Branch,
  convert: (value: unknown) => unknown,
): void {
  let value: unknown = names;
  let branch = context;
  for (const [index, part] of path.entries()) {
    const own = ownPart(value, part);
    if (own === undefined) return;
    value = own.value;
    if (index === path.length - 1) {
      branch[part] ??= convert(value);
      return;
    }
    const next = (branch[part] ??= newBranch());
    // The value is converted already as a whole, and contains what the longer path refers to.
    if (Object.getPrototypeOf(next) !== null) return;
    branch = next as Branch;
  }
}

function reason(cause: unknown): string {
  if (cause instanceof Unconvertible) return cause.message;
  const message =
    typeof cause === 'object' && cause !== null && 'summary' in cause
      ? String(cause.summary)
      : String(cause instanceof Error ? cause.message : cause);
  return inWords(message, FUNCTIONS);
}
