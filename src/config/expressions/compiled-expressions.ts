/** Compiles the expressions of one pipeline in advance, so that they can be evaluated synchronously during a run. */
import type { Expressions } from '../../model/expression.ts';
import { Fault } from '../../model/fault.ts';
import type { Json } from '../../model/json.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import { compileExpression } from './compile-expression.ts';
import { compileCommand } from './shell.ts';
import { compileTemplate, type Evaluate, hasExpression } from './template.ts';

/** The result evaluates expressions of the pipeline, and no others. CEL is loaded only when one of them needs it. */
export async function compileExpressions(
  pipeline: Pick<Pipeline, 'params' | 'tasks' | 'triggers'>,
): Promise<Expressions> {
  const sources = new Map<string, Evaluate>();
  const templates = new Map<string, Evaluate>();
  const commands = new Map<string, Awaited<ReturnType<typeof compileCommand>>>();
  for (const { when, map, work, with: values } of pipeline.tasks.values()) {
    const ofWait = work.is === 'wait' ? work.when?.value : undefined;
    for (const source of [when?.value, map?.over.value, ofWait])
      await compileSource(source, sources);
    for (const { value } of values.values()) await compileTexts(value, templates);
    if (work.is === 'shell' && hasExpression(work.command.value)) {
      commands.set(work.command.value, await compileCommand(work.command.value));
    }
  }
  for (const { default: value } of pipeline.params.values())
    if (value !== undefined) await compileTexts(value, templates);
  for (const { params, when } of pipeline.triggers) {
    await compileTexts(params, templates);
    await compileSource(when?.value, sources);
  }
  return {
    evaluate: (source, scope) => compiled(sources, source)(scope),
    render: (value, scope) => render(value, (text) => compiled(templates, text)(scope)),
    shellCommand: (template, scope) =>
      commands.get(template)?.(scope) ?? { command: template, env: {} },
  };
}

async function compileSource(
  source: string | undefined,
  sources: Map<string, Evaluate>,
): Promise<void> {
  if (source === undefined || sources.has(source)) return;
  const expression = await compileExpression(source);
  sources.set(source, (scope) => expression.evaluate(scope));
}

async function compileTexts(value: Json, templates: Map<string, Evaluate>): Promise<void> {
  if (typeof value === 'string') {
    if (hasExpression(value) && !templates.has(value))
      templates.set(value, await compileTemplate(value));
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values<Json>(value)) await compileTexts(part, templates);
  }
}

function render(value: Json, evaluate: (text: string) => unknown): unknown {
  if (typeof value === 'string') return hasExpression(value) ? evaluate(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((part) => render(part, evaluate));
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, render(part, evaluate)]),
  );
}

function compiled(known: ReadonlyMap<string, Evaluate>, text: string): Evaluate {
  const evaluate = known.get(text);
  if (evaluate === undefined)
    throw new Fault('DP9001', `an expression that was not compiled: ${text}`);
  return evaluate;
}
