/** Turns the compiler's findings on the generated text into diagnostics that name both ends of the edge. */
import { isDeepStrictEqual } from 'node:util';
import { relative } from 'node:path';
import type { Diagnostic, Place } from '../model/diagnostic.ts';
import type { CheckOutcome, SpotError } from '../registry/types/check-request.ts';
import { UNREADABLE } from '../registry/types/type-text.ts';
import { whyAbsent } from './absence.ts';
import {
  type CallSubject,
  type CheckSubject,
  type EdgeSubject,
  parameterOf,
  type ValueSubject,
} from './check-subject.ts';
import type { CheckModule } from './type-check.ts';
import { uncheckedValues } from './unchecked-values.ts';

/** Returns every finding as a diagnostic, in the order of the pipeline. Places inside `root` are shown relative to it. */
export function typeDiagnostics(
  { subjects, request }: CheckModule,
  { findings, untyped }: CheckOutcome,
  root: string,
): readonly Diagnostic[] {
  const wrong = onePerSpot(findings).flatMap((finding) =>
    subjects[finding.spot]!.map((subject) => ({
      at: subject.task.spec.at,
      spot: finding.spot,
      diagnostic: told(subject, finding, root),
    })),
  );
  const open = request.strict ? uncheckedValues(subjects, untyped) : [];
  return [...wrong, ...open]
    .sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column || a.spot - b.spot)
    .map(({ diagnostic }) => diagnostic)
    .filter((diagnostic, i, all) => i === 0 || !isDeepStrictEqual(diagnostic, all[i - 1]));
}

/** Joins what the compiler says of the parts of one value: it is one value that does not fit. */
function onePerSpot(findings: readonly SpotError[]): SpotError[] {
  const bySpot = Map.groupBy(findings, ({ spot }) => spot).values();
  return [...bySpot].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [{ ...first, reason: [...new Set([first, ...others].flatMap(({ reason }) => reason))] }],
  );
}

function told(subject: CheckSubject, error: SpotError, root: string): Diagnostic {
  switch (subject.is) {
    case 'condition':
      return wrongCondition(subject, error);
    case 'call':
      return wrongCall(subject, error);
    case 'edge':
      return wrongEdge(subject, error, root);
    default:
      return wrongValue(subject, error, root);
  }
}

function wrongCondition(
  { task: { spec }, at }: Extract<CheckSubject, { is: 'condition' }>,
  { gives }: SpotError,
): Diagnostic {
  return {
    code: 'DP1009',
    severity: 'error',
    message: `\`when\` of "${spec.name}" is true or false, and \${${spec.when?.value}} has the type ${gives}`,
    at,
    hint: 'compare it with something, as in ${tasks.NAME.output.count > 0}',
  };
}

function wrongCall({ task, definition }: CallSubject, error: SpotError): Diagnostic {
  const isFed = task.edges.some((edge) => edge.kind === 'data');
  return {
    code: isFed ? 'DP5001' : 'DP5002',
    severity: 'error',
    message: `the inputs of task "${task.spec.name}" do not fit its parameters as a whole${reasonText(error)}`,
    at: task.spec.at,
    related: [{ message: `"${definition.name}" is defined here`, at: definition.at }],
  };
}

function wrongValue(subject: ValueSubject, error: SpotError, root: string): Diagnostic {
  const { task, parameter, at } = subject;
  const expected = expectation(subject, error);
  const what = subject.is === 'value' ? `the value of "${parameter}"` : `an element of the list`;
  const end = `${placeWithin(root, expected.at)} ${expected.message}`;
  const hint = hintForValue(error);
  return {
    code: 'DP5002',
    severity: 'error',
    message: `${what} does not fit task "${task.spec.name}": ${end}; the value has the type ${error.gives}${reasonText(error)}`,
    at,
    ...(hint === undefined ? {} : { hint }),
    related: [expected],
  };
}

function wrongEdge(subject: EdgeSubject, error: SpotError, root: string): Diagnostic {
  const { task, edge, upstream, parameter } = subject;
  const expected = expectation(subject, error);
  const givenAt = upstream?.definition?.at ?? upstream?.spec.at ?? edge.at;
  const end = `${placeWithin(root, expected.at)} ${expected.message}`;
  const hint = hintForEdge(subject, error);
  return {
    code: 'DP5001',
    severity: 'error',
    message: `the output of "${edge.task}" does not fit parameter "${parameter}" of "${task.spec.name}": ${end}; ${placeWithin(root, givenAt)} gives ${error.gives}${reasonText(error)}`,
    at: edge.at,
    ...(hint === undefined ? {} : { hint }),
    related: [expected, { message: `gives ${error.gives}`, at: givenAt }],
  };
}

/** Returns what the parameter accepts, and the place that says so. */
function expectation(
  { definition, parameter: name }: EdgeSubject | ValueSubject,
  { expectedAt }: SpotError,
): { readonly message: string; readonly at: Place } {
  const parameter = parameterOf(definition, name);
  return {
    message: `expects ${parameter?.type ?? 'another type'}`,
    at: parameter?.at ?? expectedAt ?? definition.at,
  };
}

/** The most lines of a reason, so that it fits on one screen. */
const MAX_REASON_LINES = 12;

function reasonText({ reason }: SpotError): string {
  return reason
    .slice(0, MAX_REASON_LINES)
    .map((line) => `\n  ${line}`)
    .join('');
}

function hintForEdge(
  { task, definition, edge, parameter, mayBeAbsent, upstream }: EdgeSubject,
  { gives }: SpotError,
): string | undefined {
  const declared = parameterOf(definition, parameter);
  if (mayBeAbsent && declared?.optional !== true && gives.endsWith(' | undefined')) {
    return `"${edge.task}" may end without a value (${whyAbsent(upstream, task)}): let the parameter be "${parameter}?"`;
  }
  if (gives.startsWith('AsyncIterable<') && declared?.type?.startsWith('AsyncIterable<') !== true)
    return `"${edge.task}" streams its items: take an AsyncIterable and read it with for await`;
  return undefined;
}

function hintForValue({ gives, reason }: SpotError): string | undefined {
  if (reason.some((line) => line.includes(UNREADABLE)))
    return 'expressions read no streams: pass it with `needs` or `inputs`, or collect its items in a task';
  return gives.endsWith(' | undefined')
    ? 'the task that gives it may end without a value: let the parameter be optional'
    : undefined;
}

function placeWithin(root: string, { file, line, column }: Place): string {
  const path = relative(root, file);
  return `${path.startsWith('..') ? file : path}:${line}:${column}`;
}
