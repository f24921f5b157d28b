/** The names that expressions of a file may use, and the problem with any other name. */
import { looksSecret } from '../../model/secrets.ts';
import { type Reference, ROOTS } from '../expressions/expression.ts';
import type { Report } from '../yaml/report.ts';
import { quoted } from '../yaml/source.ts';
import { entriesAt, oneOrMoreAt, type YamlMap } from '../yaml/yaml-node.ts';

interface NameProblem {
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Names that exist at the place of an expression. */
export interface ExpressionScope {
  readonly roots: readonly string[];
  /** Properties of `run` that exist there. */
  readonly run: readonly string[];
  /** Properties of `event` that exist there; absent: any. */
  readonly event?: readonly string[];
  /** The values become part of the record of a run, so they may hold no secret. */
  readonly isRecorded?: true;
}

const IN_TASK = ['output', 'status'];

export class KnownNames {
  readonly #params: ReadonlySet<string>;
  /** Declared variables, secrets included. */
  readonly #env: ReadonlySet<string>;
  readonly #secrets: ReadonlySet<string>;
  readonly #tasks: ReadonlySet<string>;
  readonly #report: Report;

  constructor(root: YamlMap, report: Report) {
    this.#params = new Set(entriesAt(root, 'params').map(({ key }) => key));
    this.#secrets = new Set(oneOrMoreAt(root, 'secrets').map(({ value }) => String(value)));
    const env = oneOrMoreAt(root, 'env').map(({ value }) => String(value));
    this.#env = new Set([...env, ...this.#secrets]);
    this.#tasks = new Set(entriesAt(root, 'tasks').map(({ key }) => key));
    this.#report = report;
  }

  /** Returns undefined for a name that exists. */
  problemWith({ path }: Reference, where: ExpressionScope): NameProblem | undefined {
    const { roots, run, event } = where;
    const [root = '', name, field] = path;
    if (!roots.includes(root)) return this.#unknownRoot(root, roots);
    switch (root) {
      case 'params':
        return name === undefined || this.#params.has(name) ? undefined : this.#unknownParam(name);
      case 'env':
        return this.#problemWithVariable(name, where);
      case 'run':
        return name === undefined || run.includes(name) ? undefined : this.#notInRun(name, run);
      case 'tasks':
        return this.#problemWithTask(name, field);
      case 'event':
        return name === undefined || event?.includes(name) !== false
          ? undefined
          : this.#notInEvent(name, event);
      default:
        return undefined;
    }
  }

  #unknownRoot(root: string, roots: readonly string[]): NameProblem {
    const known = `known names are ${roots.join(', ')}; write $\${ if it is meant as text`;
    if ((ROOTS as readonly string[]).includes(root))
      return { message: `"${root}" does not exist here`, hint: known };
    const dashed = this.#report.first(
      this.#tasks,
      (task) => task.includes('-') && task.split('-').includes(root),
    );
    const hint = dashed === undefined ? this.#report.nearest(root, roots) : inBrackets(dashed);
    return { message: `unknown name ${quoted(root)}`, hint: hint ?? known };
  }

  #unknownParam(name: string): NameProblem {
    const hint = this.#report.nearest(name, this.#params) ?? 'declare it under `params:`';
    return { message: `unknown parameter ${quoted(name)}`, hint };
  }

  #problemWithVariable(
    name: string | undefined,
    { isRecorded }: ExpressionScope,
  ): NameProblem | undefined {
    if (name === undefined) return { message: '"env" needs a name, such as env.DATA_TOKEN' };
    if (isRecorded && this.#secrets.has(name)) {
      const message = `the secret ${quoted(name)} would be kept in clear: parameters of a pipeline are part of the record of its run`;
      return { message, hint: `let that pipeline declare it: \`secrets: [${name}]\`` };
    }
    if (this.#env.has(name)) return undefined;
    const hint =
      this.#report.nearest(name, this.#env) ??
      `add it to \`${looksSecret(name) ? 'secrets' : 'env'}:\``;
    return { message: `the environment variable ${quoted(name)} is not declared`, hint };
  }

  #notInRun(name: string, known: readonly string[]): NameProblem {
    const fields = known.map((field) => `run.${field}`);
    const list = `it has ${fields.slice(0, -1).join(', ')} and ${fields.at(-1)}`;
    const isLater = ['status', 'failed'].includes(name);
    const hint = isLater
      ? `only hooks have run.${name}: it is known when the tasks have ended`
      : (this.#report.nearest(name, known) ?? list);
    return { message: `"run" has no ${quoted(name)}`, hint };
  }

  #notInEvent(name: string, known: readonly string[]): NameProblem {
    const hint =
      this.#report.nearest(name, known) ??
      `it has ${known.join(', ')}; what was published is in event.data`;
    return { message: `"event" has no ${quoted(name)}`, hint };
  }

  #problemWithTask(name: string | undefined, field: string | undefined): NameProblem | undefined {
    if (name === undefined) {
      const message = '"tasks" needs the name of a task, such as tasks.clean.output';
      const hint = 'a name cannot be computed: the plan has to know what waits for what';
      return { message, hint };
    }
    if (!this.#tasks.has(name)) {
      const dashed = this.#report.first(this.#tasks, (task) => task.startsWith(`${name}-`));
      const hint =
        dashed === undefined ? this.#report.nearest(name, this.#tasks) : inBrackets(dashed);
      return { message: `unknown task ${quoted(name)}`, hint };
    }
    if (field !== undefined && IN_TASK.includes(field)) return undefined;
    const other = field === undefined ? '' : `, not ${quoted(field)}`;
    return { message: `a task has output and status${other}`, hint: `write tasks.${name}.output` };
  }
}

/** Returns the hint for a task name with a dash, which CEL would read as a minus. */
function inBrackets(task: string): string {
  return `a name with a dash is written tasks["${task}"]`;
}
