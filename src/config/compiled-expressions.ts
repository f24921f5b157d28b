/** The expressions of one pipeline, compiled ahead, so that they can be evaluated while a run cannot wait. */
import type { Expressions } from '../model/expression.ts';
import { Fault } from '../model/fault.ts';
import type { Json } from '../model/json.ts';
import type { Pipeline } from '../model/pipeline.ts';
import { compileExpression } from './expression.ts';
import { compileCommand, type ShellCommand } from './shell.ts';
import { compileValue, hasExpression, type Evaluate } from './template.ts';

/** Only what the pipeline says can be evaluated; CEL itself is loaded when something needs it. */
export async function compileExpressions(pipeline: Pipeline): Promise<Expressions> {
  const sources = new Map<string, Evaluate>();
  const templates = new Map<string, Evaluate>();
  const commands = new Map<string, (scope: Parameters<Evaluate>[0]) => ShellCommand>();
  for (const { when, map, work, with: values } of pipeline.tasks.values()) {
    for (const source of [when?.value, map?.over.value]) {
      if (source === undefined || sources.has(source)) continue;
      const expression = await compileExpression(source);
      sources.set(source, (scope) => expression.evaluate(scope));
    }
    for (const { value } of values.values()) await compileStrings(value, templates);
    if (work.is === 'shell' && hasExpression(work.command.value)) {
      commands.set(work.command.value, await compileCommand(work.command.value));
    }
  }
  return {
    evaluate: (source, scope) => compiled(sources, source)(scope),
    render: (value, scope) => render(value, (text) => compiled(templates, text)(scope)),
    shellCommand: (template, scope) =>
      commands.get(template)?.(scope) ?? { command: template, env: {} },
  };
}

async function compileStrings(value: Json, templates: Map<string, Evaluate>): Promise<void> {
  if (typeof value === 'string') {
    if (hasExpression(value) && !templates.has(value))
      templates.set(value, await compileValue(value));
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value) as Json[]) await compileStrings(part, templates);
  }
}

function render(value: Json, evaluate: (text: string) => unknown): unknown {
  if (typeof value === 'string') return hasExpression(value) ? evaluate(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((part) => render(part, evaluate));
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, render(part as Json, evaluate)]),
  );
}

function compiled(known: ReadonlyMap<string, Evaluate>, text: string): Evaluate {
  const evaluate = known.get(text);
  if (evaluate === undefined)
    throw new Fault('DP9001', `an expression that was not compiled: ${text}`);
  return evaluate;
}
