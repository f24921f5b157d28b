/**
 * Types of tasks: definitions come in, definitions with parameters and outputs as their types say go out; a planner's question about
 * edges comes in, the compiler's findings go out.
 * The compiler is started at the first question whose answer is not kept from before; it runs no code of the project.
 */
import type { Diagnostic } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import { digestOf } from '../../model/ids.ts';
import type { Parameter, Parameters, TaskDefinition } from '../../model/task.ts';
import type { Access } from './access.ts';
import type { CheckOutcome, CheckRequest } from './check-request.ts';
import type { Compiler } from './compiler.ts';
import { dpDeclarations } from './declarations.ts';
import type { Extracted } from './extract.ts';
import { keptAnswer, keepAnswer } from './kept-answer.ts';
import { COMPILER_VERSION, type TypeOptions } from './options.ts';
import { uncrossable } from './uncrossable.ts';

export interface Types extends Disposable {
  /** What is known already is kept where types say nothing; a schema that the task was given wins. */
  extract(definitions: readonly TaskDefinition[]): Promise<{
    readonly definitions: readonly TaskDefinition[];
    readonly diagnostics: readonly Diagnostic[];
  }>;
  /** Empty, with a warning, when there is no compiler. */
  check(request: CheckRequest): Promise<CheckOutcome & { readonly diagnostics: readonly Diagnostic[] }>;
}

/** Nothing is started or read before the first question. Disposing ends the compiler. */
export function openTypes(options: TypeOptions): Types {
  const accesses = new Map<string, Access>();
  let compiler: Compiler | undefined;
  let broken = false;

  async function answer<T>(
    question: string,
    work: (compiler: Compiler) => Promise<{ answer: T; files: readonly string[] }>,
  ): Promise<T> {
    const known = keptAnswer<T>(question, options);
    if (known !== undefined) return known;
    const { startCompiler } = await import('./compiler.ts');
    compiler ??= startCompiler(options.root, options.compiler);
    const { answer: fresh, files } = await work(compiler);
    keepAnswer(question, fresh, files, options);
    return fresh;
  }

  /** A compiler that fails is told of once, and asked nothing more. */
  async function unlessBroken<T>(work: () => Promise<T>): Promise<T | readonly Diagnostic[]> {
    if (broken) return [];
    try {
      return await work();
    } catch (error) {
      broken = true;
      return [asWarning(error)];
    }
  }

  return {
    async extract(definitions) {
      const found = await unlessBroken(() =>
        answer(questionOf('extract', options, definitions, ''), async (running) => {
          const { extractTasks } = await import('./extract.ts');
          const { tasks, files } = extractTasks(definitions, options, running);
          return { answer: { tasks }, files };
        }),
      );
      if (!('tasks' in found)) return { definitions, diagnostics: found };
      const filled = definitions.map((definition, i) => {
        const extracted = found.tasks[i]!;
        accesses.set(identityOf(definition), extracted.access);
        return fill(definition, extracted);
      });
      return { definitions: filled, diagnostics: filled.flatMap(uncrossable) };
    },

    async check(request) {
      const outcome = await unlessBroken(() =>
        answer(questionOf('check', options, request.uses, request.text), async (running) => {
          const [{ checkText }, { byExport }] = await Promise.all([import('./check.ts'), import('./access.ts')]);
          const used = request.uses.map((use) => accesses.get(identityOf(use)) ?? byExport(use));
          const { outcome: fresh, files } = checkText(request, used, options, running);
          return { answer: fresh, files };
        }),
      );
      if ('findings' in outcome) return { ...outcome, diagnostics: [] };
      return { findings: [], untyped: [], diagnostics: outcome };
    },

    [Symbol.dispose]() {
      compiler?.[Symbol.dispose]();
      compiler = undefined;
    },
  };
}

/** Raised when the same types would be answered differently by newer code. */
const FORMAT = '1';

function questionOf(kind: string, { root }: TypeOptions, definitions: readonly TaskDefinition[], text: string): string {
  return digestOf([FORMAT, COMPILER_VERSION, dpDeclarations(), kind, root, text, ...definitions.map(identityOf)]);
}

/** What makes a task the same for the compiler, as long as no file changes. */
function identityOf({ name, module, exportName, at }: TaskDefinition): string {
  return digestOf([name, module, exportName, at.file, String(at.line), String(at.column)]);
}

function fill(definition: TaskDefinition, extracted: Extracted): TaskDefinition {
  const description = definition.description ?? extracted.description;
  const output = { ...extracted.output, ...definition.output };
  return {
    ...definition,
    ...(description === undefined ? {} : { description }),
    parameters: merged(definition.parameters, extracted.parameters),
    ...(Object.keys(output).length === 0 ? {} : { output }),
  };
}

function merged(given: Parameters, extracted: Parameters): Parameters {
  if (extracted.is === 'unknown') return given;
  if (given.is === 'unknown') return extracted;
  const before = new Map(given.list.map((parameter) => [parameter.name, parameter]));
  const list = extracted.list.map((parameter) => withGiven(parameter, before.get(parameter.name)));
  return { ...extracted, list };
}

function withGiven(parameter: Parameter, given: Parameter | undefined): Parameter {
  if (given?.schema === undefined) return given?.default === undefined ? parameter : { default: given.default, ...parameter };
  return { ...parameter, ...given, ...(parameter.at === undefined ? {} : { at: parameter.at }) };
}

function asWarning(error: unknown): Diagnostic {
  const [told] = error instanceof Fault ? error.diagnostics : [];
  if (told !== undefined && error instanceof Fault && error.code !== 'DP5005') throw error;
  const why = error instanceof Error ? error.message : String(error);
  return {
    code: 'DP5005',
    severity: 'warning',
    message: told?.message ?? `types were not checked, as the compiler stopped: ${why}`,
    hint: told?.hint ?? 'the run itself does not need it; edges are not checked this time',
  };
}
