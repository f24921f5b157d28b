/** A registered task as text: its signature on one line, or everything that is known of it. */
import type { JsonObject } from '../../model/json.ts';
import type { Parameter, Parameters, TaskDefinition } from '../../model/task.ts';
import { harmless, type Terminal } from '../console/terminal.ts';
import { placeText } from './diagnostics.ts';

/** Returns the signature as far as it is known, such as `({ download: Flight[], minDelay?: number }): Flight[]`. */
export function signature({ parameters, output }: TaskDefinition): string {
  const gives = output?.type === undefined ? '' : `: ${output.type}`;
  if (parameters.is !== 'known') return `(…)${gives}`;
  const list = parameters.list.map(parameterText);
  if (parameters.rest !== undefined) list.push('[task]: …');
  return list.length === 0 ? `()${gives}` : `({ ${list.join(', ')} })${gives}`;
}

const parameterText = ({ name, optional, type }: Parameter): string =>
  `${name}${optional ? '?' : ''}${type === undefined ? '' : `: ${type}`}`;

/** Describes parameters and output with their schemas, descriptions and defaults. */
export function taskText(definition: TaskDefinition, terminal: Terminal): string {
  const { output } = definition;
  const type = output?.type ?? (output?.schema === undefined ? 'unknown' : 'see its schema');
  return [
    ...headLines(definition, terminal),
    '',
    'takes',
    ...parameterLines(definition.parameters, terminal),
    '',
    output?.streams === true ? 'gives a stream of' : 'gives',
    `  ${type}`,
    ...schemaLines(output?.schema, terminal),
    '',
  ].join('\n');
}

function headLines(definition: TaskDefinition, terminal: Terminal): string[] {
  const { name, at, description, tags, dependencies, settings } = definition;
  const said = [
    ...(description === undefined ? [] : [harmless(description)]),
    ...(tags.length === 0 ? [] : [`tags: ${tags.join(', ')}`]),
    ...(dependencies.length === 0 ? [] : [`depends on: ${dependencies.join(', ')}`]),
    ...Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}`),
  ];
  const title = `${terminal.paint('bold', name)}  ${terminal.paint('dim', placeText(at))}`;
  return [title, ...said.map((line) => `  ${line}`)];
}

function parameterLines(parameters: Parameters, terminal: Terminal): string[] {
  if (parameters.is !== 'known') return ['  unknown: its code declares no types'];
  const { list, rest } = parameters;
  if (list.length === 0 && rest === undefined) return ['  nothing'];
  const lines = list.flatMap((parameter) => {
    const { description, schema } = parameter;
    const value = parameter.default === undefined ? '' : ` = ${JSON.stringify(parameter.default)}`;
    const text = description === undefined ? [] : harmless(description).split('\n');
    return [
      `  ${parameterText(parameter)}${value}`,
      ...text.map((line) => `      ${line}`),
      ...schemaLines(schema, terminal),
    ];
  });
  if (rest === undefined) return lines;
  const described = rest === true ? [] : schemaLines(rest, terminal);
  return [...lines, '  [task]: the outputs of the other tasks it needs, by name', ...described];
}

function schemaLines(schema: JsonObject | undefined, terminal: Terminal): string[] {
  return schema === undefined || Object.keys(schema).length === 0
    ? []
    : [`      ${terminal.paint('dim', harmless(JSON.stringify(schema)))}`];
}
