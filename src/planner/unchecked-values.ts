/** The strict half of the type check: it reports values that no check covers. */
import type { Diagnostic, Place } from '../model/diagnostic.ts';
import type { TaskDefinition } from '../model/task.ts';
import type { CheckOutcome } from '../registry/types/check-request.ts';
import {
  type CheckSubject,
  type EdgeSubject,
  parameterOf,
  type ValueSubject,
} from './check-subject.ts';
import type { CheckModule } from './type-check.ts';
import type { CheckedTask } from './wiring.ts';

/** Reports every value passed to a task that cannot be checked, since one end of it has no type. */
export function uncheckedValues(
  subjects: CheckModule['subjects'],
  untyped: CheckOutcome['untyped'],
): { at: Place; spot: number; diagnostic: Diagnostic }[] {
  const given = new Map(untyped.map(({ spot, type }) => [spot, type]));
  return subjects.flatMap((sharing, spot) =>
    sharing.flatMap((subject) => {
      const diagnostic = unchecked(subject, given.get(spot));
      return diagnostic === undefined ? [] : [{ at: subject.task.spec.at, spot, diagnostic }];
    }),
  );
}

function unchecked(
  subject: CheckSubject,
  given: 'any' | 'unknown' | undefined,
): Diagnostic | undefined {
  switch (subject.is) {
    case 'edge':
      return uncheckedEdge(subject, given);
    case 'value':
    case 'element':
      return uncheckedValue(subject);
    default:
      return undefined;
  }
}

function uncheckedEdge(
  { task, definition, parameter, edge, upstream }: EdgeSubject,
  given: 'any' | 'unknown' | undefined,
): Diagnostic | undefined {
  const source = `"${edge.task}"`;
  if (upstream !== undefined && given !== undefined) {
    const end = `${source} gives ${given}`;
    return uncheckedBetween(source, task, { end, at: edge.at, untypedAt: upstream.definition?.at });
  }
  const takes = takenBy(definition, parameter);
  if (takes !== 'any' && takes !== 'unknown') return undefined;
  const end = takesText(task, takes);
  return uncheckedBetween(source, task, { end, at: edge.at, untypedAt: definition.at });
}

function uncheckedValue(subject: ValueSubject): Diagnostic | undefined {
  const { task, definition, parameter, at } = subject;
  const takes = takenBy(definition, parameter);
  if (takes !== 'any') return undefined;
  const source = subject.is === 'value' ? `the value of "${parameter}"` : 'the list';
  const end = takesText(task, takes);
  return uncheckedBetween(source, task, { end, at, untypedAt: definition.at });
}

const takesText = ({ spec }: CheckedTask, type: string): string => `"${spec.name}" takes ${type}`;

interface UncheckedEnd {
  readonly end: string;
  readonly at: Place;
  /** The place of the definition that lacks the type. */
  readonly untypedAt: Place | undefined;
}

function uncheckedBetween(
  source: string,
  { spec }: CheckedTask,
  { end, at, untypedAt = at }: UncheckedEnd,
): Diagnostic {
  return {
    code: 'DP5003',
    severity: 'error',
    message: `nothing could be checked between ${source} and "${spec.name}": ${end}`,
    at,
    hint: 'write the type down, in TypeScript or as JSDoc',
    related: [{ message: 'here', at: untypedAt }],
  };
}

/** Returns the type of a parameter; `any` where none is declared, empty where the definition has no such parameter. */
function takenBy(definition: TaskDefinition, name: string): string {
  const { parameters } = definition;
  if (parameters.is !== 'known') return 'any';
  const parameter = parameterOf(definition, name);
  if (parameter !== undefined) return parameter.type ?? 'any';
  return parameters.rest === true ? 'any' : '';
}
