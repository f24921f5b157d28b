/**
 * Types of tasks: definitions come in, definitions with the parameters and outputs of their types go out; a planner's question about
 * edges comes in, the compiler's findings go out.
 * The compiler is started at the first question whose answer is not cached; it runs no code of the project.
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
import { keptAnswers } from './kept-answer.ts';
import { COMPILER_VERSION, type TypeOptions } from './options.ts';
import { uncrossable } from './uncrossable.ts';

export interface Types extends Disposable {
  /** Adds what types say to the definitions. Existing details stay where types say nothing, and a schema that the task was given wins. */
  extract(definitions: readonly TaskDefinition[]): Promise<{
    readonly definitions: readonly TaskDefinition[];
    readonly diagnostics: readonly Diagnostic[];
  }>;
  /** Returns an empty answer, with a warning, when there is no compiler. */
  check(
    request: CheckRequest,
  ): Promise<CheckOutcome & { readonly diagnostics: readonly Diagnostic[] }>;
}

/** Starts and reads nothing before the first question. Disposing ends the compiler. */
export function openTypes(options: TypeOptions): Types {
  const accesses = new Map<string, Access>();
  let compiler: Compiler | undefined;
  let broken = false;

  async function started(): Promise<Compiler> {
    const { startCompiler } = await import('./compiler.ts');
    return (compiler ??= startCompiler(options.root, options.compiler));
  }

  /** Answers are cached per module, so that an edit of one keeps the answers about the others. */
  async function extractAll(
    definitions: readonly TaskDefinition[],
  ): Promise<ReadonlyMap<TaskDefinition, Extracted>> {
    const kept = keptAnswers(options);
    const found = new Map<TaskDefinition, Extracted>();
    const open: { question: string; of: readonly TaskDefinition[] }[] = [];
    for (const [module, of] of Map.groupBy(definitions, (definition) => definition.module)) {
      const question = questionOf(`extract ${module}`, options, of, '');
      const answer = kept.find<readonly Extracted[]>(question);
      if (answer === undefined) open.push({ question, of });
      else of.forEach((definition, i) => found.set(definition, answer[i]!));
    }
    if (open.length === 0) return found;
    const [{ extractTasks }, { reachOf }] = await Promise.all([
      import('./extract.ts'),
      import('./reach.ts'),
    ]);
    const asked = open.flatMap(({ of }) => of);
    const { tasks, files } = extractTasks(asked, options, await started());
    asked.forEach((definition, i) => found.set(definition, tasks[i]!));
    const reach = reachOf(files);
    for (const { question, of } of open) {
      const answer = of.map((definition) => found.get(definition)!);
      kept.keep(question, answer, reach(sourcesOf(of)));
    }
    return found;
  }

  async function checkAll(request: CheckRequest): Promise<CheckOutcome> {
    const kept = keptAnswers(options);
    const question = questionOf(
      request.strict ? 'check strictly' : 'check',
      options,
      request.uses,
      request.text,
    );
    const known = kept.find<CheckOutcome>(question);
    if (known !== undefined) return known;
    const [{ checkText }, { byExport }, { reachOf }] = await Promise.all([
      import('./check.ts'),
      import('./access.ts'),
      import('./reach.ts'),
    ]);
    const used = request.uses.map((use) => accesses.get(identityOf(use)) ?? byExport(use));
    const { outcome, files } = checkText(request, used, options, await started());
    kept.keep(question, outcome, [...files, ...reachOf(files)(sourcesOf(request.uses))]);
    return outcome;
  }

  /** Reports a failure of the compiler once; the compiler is not asked again. */
  async function unlessBroken<T>(work: () => Promise<T>): Promise<T | Unanswered> {
    if (broken) return { diagnostics: [] };
    try {
      return await work();
    } catch (error) {
      broken = true;
      return { diagnostics: [asWarning(error)] };
    }
  }

  return {
    async extract(definitions) {
      const found = await unlessBroken(() => extractAll(definitions));
      if ('diagnostics' in found) return { definitions, diagnostics: found.diagnostics };
      const filled = definitions.map((definition) => {
        const extracted = found.get(definition)!;
        accesses.set(identityOf(definition), extracted.access);
        return fill(definition, extracted);
      });
      const diagnostics = definitions.flatMap((definition) =>
        uncrossable(definition, found.get(definition)!.live),
      );
      return { definitions: filled, diagnostics };
    },

    async check(request) {
      const outcome = await unlessBroken(() => checkAll(request));
      if ('findings' in outcome) return { ...outcome, diagnostics: [] };
      return { findings: [], untyped: [], ...outcome };
    },

    [Symbol.dispose]() {
      compiler?.[Symbol.dispose]();
      compiler = undefined;
    },
  };
}

interface Unanswered {
  readonly diagnostics: readonly Diagnostic[];
}

/** Version of the answers, raised when new code would answer the same question differently. */
const FORMAT = '4';

function questionOf(
  kind: string,
  { root }: TypeOptions,
  definitions: readonly TaskDefinition[],
  text: string,
): string {
  return digestOf([
    FORMAT,
    COMPILER_VERSION,
    dpDeclarations(),
    kind,
    root,
    text,
    ...definitions.map(identityOf),
  ]);
}

const sourcesOf = (definitions: readonly TaskDefinition[]): readonly string[] =>
  definitions.flatMap(({ module, at }) => [module, at.file]);

/** Returns the properties that identify a task for the compiler while no file changes. */
function identityOf({ name, module, exportName, at }: TaskDefinition): string {
  return JSON.stringify([name, module, exportName, at.file, at.line, at.column]);
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
  if (given.is !== 'known' || extracted.is === 'positional') return extracted;
  const before = new Map(given.list.map((parameter) => [parameter.name, parameter]));
  const list = extracted.list.map((parameter) => withGiven(parameter, before.get(parameter.name)));
  return { ...extracted, list };
}

function withGiven(parameter: Parameter, given: Parameter | undefined): Parameter {
  if (given?.schema === undefined)
    return given?.default === undefined ? parameter : { default: given.default, ...parameter };
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
