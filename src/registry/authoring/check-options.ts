/** Reads what was given to `task()`, by the same rules as the settings in a pipeline file. */
import { list } from '../../model/compound-kinds.ts';
import { readFields, type ReadableFields } from '../../model/fields.ts';
import type { TaskName } from '../../model/ids.ts';
import { tag, taskName, text } from '../../model/scalar-kinds.ts';
import {
  inCode,
  type PartialSettings,
  SETTINGS,
  SETTINGS_ELSEWHERE,
} from '../../model/settings.ts';
import type { ValueKind, ValuePath, ValueProblem } from '../../model/value-kind.ts';
import type { TaskOptions } from './task-options.ts';

/** Options as plain data, without what was wrong in them. The schemas stay live and are not part of it. */
export interface CheckedOptions {
  readonly name?: TaskName;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly dependencies: readonly TaskName[];
  readonly settings: PartialSettings;
}

/** Hears one sentence per mistake, and how to mend it when that can be said. */
export type MistakeListener = (message: string, hint?: string) => void;

/** Everything that is wrong is reported, everything right is kept. */
export function checkOptions(given: unknown, report: MistakeListener): CheckedOptions {
  if (!isRecord(given)) {
    report(`task options are an object, not ${show(given)}`, 'write task({ … }, fn)');
    return { tags: [], dependencies: [], settings: {} };
  }
  const read = readFields(OPTIONS, given, {
    from: 'code',
    path: [],
    report: (problem) => tell(problem, report),
    elsewhere: ELSEWHERE,
  });
  const { name, description, tags, dependencies, params: _p, output: _o, ...settings } = read;
  return {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    tags: [...new Set(tags)],
    dependencies: [...new Set(dependencies)],
    settings,
  };
}

/** A schema is live, and `definition.ts` looks at it. */
const live: ValueKind<unknown> = {
  expected: 'a schema',
  schema: {},
  type: 'Schema',
  accepts: () => true,
  read: (value) => value,
};

const OPTIONS = {
  name: { kind: taskName },
  description: { kind: text('text that is not empty', {}, (written) => written !== '') },
  tags: { kind: list(tag) },
  dependencies: { kind: list(taskName) },
  ...SETTINGS,
  params: { kind: live },
  output: { kind: live },
} as const satisfies ReadableFields & Readonly<Record<keyof TaskOptions, unknown>>;

/** Options as other tools, or the pipeline file, call them. */
const ELSEWHERE = {
  ...SETTINGS_ELSEWHERE,
  needs: 'write "dependencies"',
  depends_on: 'write "dependencies"',
  deps: 'write "dependencies"',
  upstream: 'write "dependencies"',
};

function tell(problem: ValueProblem, report: MistakeListener): void {
  const { path, hint } = problem;
  const option = `task option "${pathText(path)}"`;
  const message =
    problem.is === 'wrong'
      ? `${option} must be ${inCode(problem.expected)}, not ${show(problem.value)}`
      : path.length === 0
        ? `unknown task option "${problem.key}"`
        : `unknown key "${problem.key}" in ${option}`;
  report(message, hint === undefined ? undefined : inCode(hint));
}

const pathText = (path: ValuePath): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .slice(1);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'a list' : 'an object';
  return String(value);
}
