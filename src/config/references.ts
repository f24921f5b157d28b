/** Finds every expression of a file, and checks that it parses and that its names exist. */
import { didYouMean } from '../model/diagnostic.ts';
import type { TaskName } from '../model/ids.ts';
import {
  compileExpression,
  type Expression,
  ExpressionProblem,
  type Reference,
  ROOTS,
} from './expression.ts';
import type { Report } from './report.ts';
import { placeInScalar } from './scalar-place.ts';
import { placeReferences, takesExpressions } from './shell.ts';
import { quoted, type Span } from './source.ts';
import { hasExpression, splitTemplate } from './template.ts';
import {
  entriesAt,
  itemsAt,
  textAt,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from './yaml-node.ts';

/** What the expressions of one task say about it. */
export interface TaskReferences {
  readonly mentions: readonly TaskName[];
  /** `when` needs nothing but `params` and `env`; true without `when`. */
  readonly decidable: boolean;
}
export const NO_REFERENCES: TaskReferences = { mentions: [], decidable: true };

/** Only tasks with expressions have an entry. Works on the raw tree, so that mistakes elsewhere hide nothing. */
export async function checkExpressions(
  root: YamlMap,
  report: Report,
): Promise<ReadonlyMap<TaskName, TaskReferences>> {
  const checker = new ExpressionChecker(declaredIn(root), report);
  const found = new Map<TaskName, TaskReferences>();
  for (const { key, value } of entriesAt(root, 'tasks')) {
    const references = value.is === 'map' ? await checker.task(value) : undefined;
    if (references !== undefined) found.set(key, references);
  }
  for (const trigger of itemsAt(root, 'triggers')) await checker.trigger(trigger);
  return found;
}

interface Declared {
  readonly params: ReadonlySet<string>;
  readonly env: ReadonlySet<string>;
  readonly tasks: ReadonlySet<string>;
}

function declaredIn(root: YamlMap): Declared {
  const env = root.entries.get('env')?.value;
  const variables = env === undefined ? [] : env.is === 'list' ? env.items : [env];
  return {
    params: new Set(entriesAt(root, 'params').map(({ key }) => key)),
    env: new Set(variables.flatMap((node) => (node.is === 'scalar' ? [String(node.value)] : []))),
    tasks: new Set(entriesAt(root, 'tasks').map(({ key }) => key)),
  };
}

const RUN_FIELDS = ['id', 'pipeline'];
const TASK_FIELDS = ['output', 'status'];
const IN_TASKS = ['params', 'env', 'tasks', 'run'];
const IN_TRIGGERS = ['event'];
const DOLLAR_HINT = 'write $${ if it is meant as text';

class ExpressionChecker {
  readonly #declared: Declared;
  readonly #report: Report;
  /** Thousands of tasks often share an expression. */
  readonly #compiled = new Map<string, Promise<Expression>>();

  constructor(declared: Declared, report: Report) {
    this.#declared = declared;
    this.#report = report;
  }

  async task(task: YamlMap): Promise<TaskReferences | undefined> {
    const when = textAt(task, 'when');
    const ofWhen: readonly Reference[] = when === undefined ? [] : await this.#whole(when);
    const over = textAt(task.entries.get('map')?.value, 'over');
    const others: Reference[] = over === undefined ? [] : [...(await this.#whole(over))];
    const given = task.entries.get('with')?.value;
    for (const text of given === undefined ? [] : textsIn(given))
      others.push(...(await this.#template(text, IN_TASKS)));
    const run = textAt(task, 'run');
    if (run !== undefined) others.push(...(await this.#command(run, textAt(task, 'shell'))));
    const cwd = textAt(task, 'cwd');
    if (cwd !== undefined && hasExpression(String(cwd.value))) {
      this.#report.error(
        'DP1009',
        'expressions are not evaluated in cwd',
        cwd,
        'they are in with, when, map.over and run: `run: cd ${…} && …`',
      );
    }
    const all = [...ofWhen, ...others];
    if (all.length === 0) return undefined;
    const mentions = new Set(
      all.flatMap(({ path: [root, name] }) =>
        root === 'tasks' && name !== undefined ? [name] : [],
      ),
    );
    return {
      mentions: [...mentions],
      decidable: ofWhen.every(({ path: [root] }) => root === 'params' || root === 'env'),
    };
  }

  async trigger(trigger: YamlNode): Promise<void> {
    const params = trigger.is === 'map' ? trigger.entries.get('params')?.value : undefined;
    for (const text of params === undefined ? [] : textsIn(params))
      await this.#template(text, IN_TRIGGERS);
  }

  /** A text that has to be one expression and nothing else. */
  async #whole(node: YamlScalar): Promise<readonly Reference[]> {
    const parts = this.#split(node);
    if (parts === undefined) return [];
    const [only] = parts;
    if (parts.length === 1 && only?.is === 'expression')
      return this.#expression(node, only.source, only.start, IN_TASKS);
    this.#report.error(
      'DP1009',
      `${quoted(String(node.value))} is not one expression`,
      node,
      `write "\${…}" around all of it`,
    );
    return [];
  }

  async #template(node: YamlScalar, roots: readonly string[]): Promise<Reference[]> {
    const references: Reference[] = [];
    for (const part of this.#split(node) ?? []) {
      if (part.is === 'expression')
        references.push(...(await this.#expression(node, part.source, part.start, roots)));
    }
    return references;
  }

  async #command(node: YamlScalar, shell: YamlScalar | undefined): Promise<readonly Reference[]> {
    if (!hasExpression(String(node.value))) return [];
    const references = await this.#template(node, IN_TASKS);
    try {
      const { values } = placeReferences(String(node.value));
      if (values.length > 0 && shell !== undefined && !takesExpressions(String(shell.value))) {
        this.#report.error(
          'DP1009',
          `expressions cannot be handed safely to ${quoted(String(shell.value))}`,
          node,
          'they work in sh, bash, dash, ksh and zsh',
        );
      }
    } catch (problem) {
      // An unclosed "${" has been reported already.
      if (references.length > 0) this.#problem(node, 0, problem);
    }
    return references;
  }

  #split(node: YamlScalar): ReturnType<typeof splitTemplate> | undefined {
    try {
      return splitTemplate(String(node.value));
    } catch (problem) {
      this.#problem(node, 0, problem);
      return undefined;
    }
  }

  async #expression(
    node: YamlScalar,
    source: string,
    start: number,
    roots: readonly string[],
  ): Promise<readonly Reference[]> {
    let compiled = this.#compiled.get(source);
    if (compiled === undefined) this.#compiled.set(source, (compiled = compileExpression(source)));
    try {
      const { references } = await compiled;
      for (const reference of references) this.#check(reference, node, start, roots);
      return references;
    } catch (problem) {
      this.#problem(node, start, problem);
      return [];
    }
  }

  #problem(node: YamlScalar, start: number, problem: unknown): void {
    if (!(problem instanceof ExpressionProblem)) throw problem;
    this.#report.error('DP1009', problem.message, this.#place(node, start, problem.span));
  }

  #check(reference: Reference, node: YamlScalar, start: number, roots: readonly string[]): void {
    const [root = '', name, field] = reference.path;
    const wrong = (message: string, hint?: string): void => {
      this.#report.error('DP1009', message, this.#place(node, start, reference), hint);
    };
    if (!roots.includes(root)) {
      const misplaced = (ROOTS as readonly string[]).includes(root);
      const dashed =
        root !== '' &&
        [...this.#declared.tasks].find(
          (task) => task.split('-').includes(root) && task.includes('-'),
        );
      wrong(
        misplaced ? `"${root}" does not exist here` : `unknown name ${quoted(root)}`,
        dashed
          ? `a name with a dash is written tasks["${dashed}"]`
          : (didYouMean(root, roots) ?? `known names are ${roots.join(', ')}; ${DOLLAR_HINT}`),
      );
      return;
    }
    switch (root) {
      case 'params':
        if (name !== undefined && !this.#declared.params.has(name))
          wrong(
            `unknown parameter ${quoted(name)}`,
            didYouMean(name, this.#declared.params) ?? 'declare it under `params:`',
          );
        return;
      case 'env':
        if (name === undefined) wrong('"env" needs a name, such as env.DATA_TOKEN');
        else if (!this.#declared.env.has(name))
          wrong(
            `the environment variable ${quoted(name)} is not declared`,
            didYouMean(name, this.#declared.env) ?? `add it to \`env:\``,
          );
        return;
      case 'run':
        if (name !== undefined && !RUN_FIELDS.includes(name))
          wrong(
            `"run" has no ${quoted(name)}`,
            didYouMean(name, RUN_FIELDS) ?? 'it has run.id and run.pipeline',
          );
        return;
      case 'tasks':
        this.#checkTask(name, field, wrong);
        return;
      default:
    }
  }

  #checkTask(
    name: string | undefined,
    field: string | undefined,
    wrong: (message: string, hint?: string) => void,
  ): void {
    if (name === undefined)
      wrong(
        '"tasks" needs the name of a task, such as tasks.clean.output',
        'a name cannot be computed: the plan has to know what waits for what',
      );
    else if (!this.#declared.tasks.has(name)) {
      const dashed = [...this.#declared.tasks].find((task) => task.startsWith(`${name}-`));
      wrong(
        `unknown task ${quoted(name)}`,
        dashed
          ? `a name with a dash is written tasks["${dashed}"]`
          : didYouMean(name, this.#declared.tasks),
      );
    } else if (field === undefined || !TASK_FIELDS.includes(field)) {
      wrong(
        `a task has ${TASK_FIELDS.join(' and ')}${field === undefined ? '' : `, not ${quoted(field)}`}`,
        `write tasks.${name}.output`,
      );
    }
  }

  #place(node: YamlScalar, start: number, span: Span): Span {
    return placeInScalar(this.#report.source, node, {
      start: start + span.start,
      end: start + span.end,
    });
  }
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
