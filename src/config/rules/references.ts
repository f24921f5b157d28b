/** Finds every expression of a file, and checks that it parses and that its names exist. */
import type { Located, Place } from '../../model/diagnostic.ts';
import type { TaskName } from '../../model/ids.ts';
import type { ElementReads, NamesRead, RunProperty, ValueReads } from '../../model/pipeline.ts';
import { isPosixShell } from '../../model/shell.ts';
import { compileExpression } from '../expressions/compile-expression.ts';
import {
  type Expression,
  ExpressionProblem,
  type Reference,
  type ValueShape,
  type ValueType,
} from '../expressions/expression.ts';
import { hookEntries } from './hook-rules.ts';
import { KnownNames, type ExpressionScope } from './known-names.ts';
import { IN_EVENT, KnownTypes } from './known-types.ts';
import type { Report } from '../yaml/report.ts';
import { placeInScalar } from '../yaml/scalar-place.ts';
import { placeReferences } from '../expressions/shell.ts';
import { quoted, type Span } from '../yaml/source.ts';
import {
  type ExpressionPart,
  hasExpression,
  splitTemplate,
  type TemplatePart,
  wholeOutput,
} from '../expressions/template.ts';
import {
  entriesAt,
  itemsAt,
  textAt,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from '../yaml/yaml-node.ts';

/** Facts about a task that follow from its expressions. */
export interface TaskReferences {
  readonly mentions: readonly TaskName[];
  /** Tasks whose output an expression needs, with the place of the expression: it cannot be evaluated without them. */
  readonly needsOutputOf?: readonly Located<TaskName>[];
  /** True when `when` uses only `params` and `env`, or is absent. */
  readonly decidable: boolean;
  /** What all expressions but `when` read besides results. */
  readonly reads?: ValueReads;
  /** The same without `map.over`, for mapped tasks. */
  readonly elementReads?: ElementReads;
}
export const NO_REFERENCES: TaskReferences = { mentions: [], decidable: true };

/** Returns an entry for each task that has expressions. It works on the raw tree, so that mistakes elsewhere hide nothing. */
export async function checkExpressions(
  root: YamlMap,
  report: Report,
): Promise<ReadonlyMap<TaskName, TaskReferences>> {
  const shell = shellAt(root.entries.get('defaults')?.value) ?? 'sh';
  const checker = new ExpressionChecker(root, { report, shell });
  const found = new Map<TaskName, TaskReferences>();
  const check = async ({ key, value }: YamlEntry, where: ExpressionScope): Promise<void> => {
    const references = value.is === 'map' ? await checker.task(value, where) : undefined;
    if (references !== undefined) found.set(key, references);
  };
  for (const entry of entriesAt(root, 'tasks')) await check(entry, IN_TASKS);
  for (const { entry } of hookEntries(root)) await check(entry, IN_HOOKS);
  for (const { value } of entriesAt(root, 'params')) await checker.parameter(value);
  for (const trigger of itemsAt(root, 'triggers')) await checker.trigger(trigger);
  return found;
}

const IN_TASKS: ExpressionScope = {
  roots: ['params', 'env', 'tasks', 'run'],
  run: ['id', 'pipeline', 'time'],
};
const IN_HOOKS: ExpressionScope = { ...IN_TASKS, run: [...IN_TASKS.run, 'status', 'failed'] };
/** A default is computed when a run is planned, and kept with the run. */
const IN_DEFAULTS: ExpressionScope = {
  roots: ['env', 'run'],
  run: ['pipeline', 'time'],
  isRecorded: true,
};
/** A trigger of the clock has no event. */
const IN_CLOCK_TRIGGERS: ExpressionScope = { roots: ['tick'], run: [] };
const IN_OTHER_TRIGGERS: ExpressionScope = { roots: ['event', 'tick'], run: [] };

/** The requirement on the value of an expression at its place. */
interface Wanted {
  readonly type: 'boolean' | 'array';
  readonly says: string;
  readonly hint?: string;
}

const CONDITION: Wanted = {
  type: 'boolean',
  says: '`when` is true or false',
  hint: 'compare it with something, as in ${params.mode == "full"}',
};
const CONDITION_ON_EVENT: Wanted = {
  ...CONDITION,
  hint: 'compare it with something, as in ${event.data.rows > 0}',
};
const LIST: Wanted = { type: 'array', says: '`map.over` is a list' };

const NOUNS: Readonly<Record<ValueType, string>> = {
  string: 'a text',
  integer: 'a number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'null',
  other: 'no data',
};

/** A name that an expression uses. */
interface NameUse extends Reference {
  /** The place of the expression, for an output that it cannot be evaluated without. */
  readonly neededAt?: Place | undefined;
}

class ExpressionChecker {
  readonly #known: KnownNames;
  readonly #types: KnownTypes;
  readonly #report: Report;
  /** Program of the shell for tasks that name none. */
  readonly #shell: string;
  /** Parsed expressions by text, because thousands of tasks often share one. */
  readonly #compiled = new Map<string, Promise<Expression>>();

  constructor(root: YamlMap, { report, shell }: { report: Report; shell: string }) {
    this.#known = new KnownNames(root, report);
    this.#types = new KnownTypes(root);
    this.#report = report;
    this.#shell = shell;
  }

  async task(task: YamlMap, where: ExpressionScope): Promise<TaskReferences | undefined> {
    const ofWhen = await this.#whole(textAt(task, 'when'), where, CONDITION);
    const ofGiven: ExpressionScope = task.entries.has('pipeline')
      ? { ...where, isRecorded: true }
      : where;
    const over = textAt(task.entries.get('map')?.value, 'over');
    const ofList = await this.#whole(over, ofGiven, LIST);
    const ofElement = [
      ...(await this.#values(task.entries.get('with')?.value, ofGiven)),
      ...(await this.#command(task, where)),
    ];
    const ofValues = [...ofList, ...ofElement];
    const received = { ...where, roots: [...where.roots, 'event'], event: IN_EVENT };
    const condition = textAt(task.entries.get('wait_for')?.value, 'when');
    const ofWait = await this.#whole(condition, received, CONDITION_ON_EVENT);
    const references = [...ofWhen, ...ofValues, ...ofWait];
    if (references.length === 0 && over === undefined) return undefined;
    const reads = readsOf(ofValues);
    const needsOutputOf = references.flatMap(({ path: [, name], neededAt }) =>
      neededAt === undefined || name === undefined ? [] : [{ value: name, at: neededAt }],
    );
    return {
      mentions: mentionsIn(references),
      ...(needsOutputOf.length === 0 ? {} : { needsOutputOf }),
      decidable: ofWhen.every(({ path: [root] }) => root === 'params' || root === 'env'),
      ...(reads === undefined ? {} : { reads }),
      ...(over === undefined ? {} : { elementReads: elementReadsOf(ofElement) }),
    };
  }

  async parameter(parameter: YamlNode): Promise<void> {
    if (parameter.is === 'map')
      await this.#values(parameter.entries.get('default')?.value, IN_DEFAULTS);
  }

  async trigger(trigger: YamlNode): Promise<void> {
    if (trigger.is !== 'map') return;
    const isOfClock = ['cron', 'every', 'at'].some((kind) => trigger.entries.has(kind));
    const where = isOfClock ? IN_CLOCK_TRIGGERS : IN_OTHER_TRIGGERS;
    await this.#values(trigger.entries.get('params')?.value, where);
    await this.#whole(textAt(trigger, 'when'), where, CONDITION);
  }

  /** Checks a text that has to be one expression and nothing else. */
  async #whole(
    node: YamlScalar | undefined,
    where: ExpressionScope,
    wanted: Wanted,
  ): Promise<readonly NameUse[]> {
    const parts = node === undefined ? undefined : this.#split(node);
    if (node === undefined || parts === undefined) return [];
    const [only] = parts;
    if (parts.length === 1 && only?.is === 'expression') {
      const { uses, shape } = await this.#expression(node, only, where);
      if (shape !== undefined) this.#expect(wanted, shape, node);
      return uses;
    }
    const message = `${quoted(String(node.value))} is not a single expression`;
    this.#report.error('DP1009', message, node, 'write "${…}" around all of it');
    return [];
  }

  #expect({ type, says, hint }: Wanted, shape: ValueShape, node: YamlScalar): void {
    const types = this.#types.of(shape);
    if (types === undefined || types.includes(type)) return;
    const given = types.map((one) => NOUNS[one]).join(' or ');
    this.#report.error('DP1009', `${says}, and ${String(node.value)} is ${given}`, node, hint);
  }

  async #values(node: YamlNode | undefined, where: ExpressionScope): Promise<NameUse[]> {
    const uses: NameUse[] = [];
    for (const text of node === undefined ? [] : textsIn(node)) {
      const parts = this.#split(text) ?? [];
      const found = await this.#template(text, parts, where);
      // A value that is a whole output is undefined when the task gives none, as it is over an edge.
      const isOutput = wholeOutput(parts) !== undefined;
      uses.push(...(isOutput ? found.map((use) => ({ ...use, neededAt: undefined })) : found));
    }
    return uses;
  }

  async #template(
    node: YamlScalar,
    parts: readonly TemplatePart[],
    where: ExpressionScope,
  ): Promise<NameUse[]> {
    const uses: NameUse[] = [];
    for (const part of parts)
      if (part.is === 'expression') uses.push(...(await this.#expression(node, part, where)).uses);
    return uses;
  }

  async #command(task: YamlMap, where: ExpressionScope): Promise<readonly NameUse[]> {
    const node = textAt(task, 'run');
    if (node === undefined || !hasExpression(String(node.value))) return [];
    const parts = this.#split(node) ?? [];
    if (!parts.some((part) => part.is === 'expression')) return [];
    for (const part of parts) this.#refuseNumber(node, part);
    const shell = shellAt(task) ?? this.#shell;
    if (!isPosixShell(shell)) {
      const message = `expressions cannot be passed safely to ${quoted(shell)}`;
      this.#report.error('DP1009', message, node, 'they work in sh, bash, dash, ksh and zsh');
    }
    try {
      placeReferences(String(node.value));
    } catch (problem) {
      this.#problem(node, { start: 0 }, problem);
    }
    return this.#template(node, parts, where);
  }

  /** Reports `${1}`, which is a number in CEL and an argument in a shell. */
  #refuseNumber(node: YamlScalar, part: TemplatePart): void {
    if (part.is === 'text' || !/^\s*\d+\s*$/.test(part.source)) return;
    const message = `\${${part.source}} is a number, not an argument of the shell`;
    const at = this.#place(node, part.start, { start: 0, end: part.source.length });
    this.#report.error('DP1009', message, at, MEANT_AS_TEXT);
  }

  #split(node: YamlScalar): ReturnType<typeof splitTemplate> | undefined {
    try {
      return splitTemplate(String(node.value));
    } catch (problem) {
      this.#problem(node, { start: 0 }, problem);
      return undefined;
    }
  }

  async #expression(
    node: YamlScalar,
    { source, start }: ExpressionPart,
    where: ExpressionScope,
  ): Promise<{ readonly uses: readonly NameUse[]; readonly shape?: ValueShape }> {
    let compiled = this.#compiled.get(source);
    if (compiled === undefined) this.#compiled.set(source, (compiled = compileExpression(source)));
    try {
      const { references, shape } = await compiled;
      const uses = references.map((reference): NameUse => {
        const problem = this.#known.problemWith(reference, where);
        const { isCertain, path } = reference;
        const isNeeded = isCertain && path[0] === 'tasks' && path[2] === 'output';
        if (problem === undefined && !isNeeded) return reference;
        const at = this.#place(node, start, reference);
        if (problem === undefined) return { ...reference, neededAt: this.#report.source.place(at) };
        this.#report.error('DP1009', problem.message, at, problem.hint);
        return reference;
      });
      return { uses, shape };
    } catch (problem) {
      const hint = SHELL_FORM.test(source) ? MEANT_AS_TEXT : undefined;
      this.#problem(node, { start, hint }, problem);
      return { uses: [] };
    }
  }

  #problem(
    node: YamlScalar,
    { start, hint }: { start: number; hint?: string | undefined },
    problem: unknown,
  ): void {
    if (!(problem instanceof ExpressionProblem)) throw problem;
    this.#report.error('DP1009', problem.message, this.#place(node, start, problem.span), hint);
  }

  #place(node: YamlScalar, start: number, span: Span): Span {
    return placeInScalar(this.#report.source, node, {
      start: start + span.start,
      end: start + span.end,
    });
  }
}

/** Returns the program of the shell that a task or `defaults` names. */
function shellAt(node: YamlNode | undefined): string | undefined {
  const named =
    node?.is === 'map' ? (textAt(node, 'shell') ?? itemsAt(node, 'shell')[0]) : undefined;
  return named?.is === 'scalar' ? String(named.value) : undefined;
}

/** Matches the beginning of a shell's own `${…}`: `${#x}`, `${x:-y}`, `${x%.*}`. */
const SHELL_FORM = /^[#!]\w|^\w+(?:\[[^\]]*\])?(?::?[-=?+]|:\s*\d|[#%^,@/])/;
const MEANT_AS_TEXT = 'write $${ if it is meant as text, as for the shell';

const PROPERTIES: readonly RunProperty[] = ['id', 'pipeline', 'time'];

/** Returns the properties of `run` that a reference reads; a reference to `run` as a whole reads all of them. */
function readsOf(references: readonly Reference[]): ValueReads | undefined {
  const run = new Set<RunProperty>();
  const statusOf = new Set<TaskName>();
  for (const { path } of references) {
    const [root, name, field] = path;
    if (root === 'run')
      for (const property of PROPERTIES)
        if (name === undefined || name === property) run.add(property);
    if (root === 'tasks' && name !== undefined && field === 'status') statusOf.add(name);
  }
  const params = namesIn(references, 'params');
  const env = namesIn(references, 'env');
  if (run.size === 0 && statusOf.size === 0 && params.length + env.length === 0) return undefined;
  return {
    run: [...run].sort(),
    statusOf: [...statusOf].sort(),
    ...(params.length === 0 ? {} : { params }),
    ...(env.length === 0 ? {} : { env }),
  };
}

function namesIn(references: readonly Reference[], root: string): NamesRead {
  const names = new Set<string>();
  for (const { path } of references) {
    if (path[0] !== root) continue;
    if (path[1] === undefined) return 'all';
    names.add(path[1]);
  }
  return [...names].sort();
}

const mentionsIn = (references: readonly Reference[]): TaskName[] => [
  ...new Set(
    references.flatMap(({ path: [root, name] }) =>
      root === 'tasks' && name !== undefined ? [name] : [],
    ),
  ),
];

function elementReadsOf(references: readonly Reference[]): ElementReads {
  const reads = readsOf(references);
  return { mentions: mentionsIn(references), ...(reads === undefined ? {} : { reads }) };
}

function* textsIn(node: YamlNode): Generator<YamlScalar> {
  if (node.is === 'scalar') {
    if (typeof node.value === 'string' && hasExpression(node.value)) yield node;
  } else if (node.is === 'list') {
    for (const item of node.items) yield* textsIn(item);
  } else {
    for (const { value } of node.entries.values()) yield* textsIn(value);
  }
}
