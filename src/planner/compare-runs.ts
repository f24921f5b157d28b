/** Two runs come in, all that differs between them goes out: what they were asked, and what became of it. */
import type { Difference } from '../model/difference.ts';
import type { Digest, Milliseconds, TaskName } from '../model/ids.ts';
import type { RunRecord, TaskStatus } from '../model/run.ts';
import type { CodeParts } from '../model/task.ts';
import {
  codeDifferences,
  definitionDifferences,
  differencesInCode,
  surroundingDifferences,
  type Side,
} from './differences.ts';
import type { PlanParts } from './parts.ts';

export interface RunSide extends Side {
  readonly record: RunRecord;
}

export interface RunDiff {
  /** Parameters, environment, Node and files. */
  readonly differences: readonly Difference[];
  /** Of every task of either run, in the order of the second. */
  readonly tasks: readonly TaskDiff[];
  /** What could not be compared, in sentences. */
  readonly notes: readonly string[];
}

export interface TaskDiff {
  readonly task: TaskName;
  /** Of its definition, all settings included; of its code only where no files were kept. */
  readonly differences: readonly Difference[];
  /** Null: it was no part of that run. */
  readonly before: TaskEnding | null;
  readonly after: TaskEnding | null;
}

export interface TaskEnding {
  readonly status: TaskStatus;
  readonly attempts: number;
  readonly durationMs: Milliseconds | null;
  /** Digest of its result; null: it gave none. */
  readonly output: Digest | null;
}

export function compareRuns(before: RunSide, after: RunSide): RunDiff {
  const [old, now] = [codeOf(before.parts), codeOf(after.parts)];
  const knowsFiles = old !== undefined && now !== undefined;
  const names = new Set([...after.parts.tasks.keys(), ...before.parts.tasks.keys()]);
  return {
    differences: [
      ...surroundingDifferences(before.parts, after.parts),
      ...(knowsFiles ? differencesInCode(old, now) : []),
    ],
    tasks: Array.from(names, (task) => compareTask(task, before, after, knowsFiles)),
    notes: knowsFiles ? [] : ['one of the runs was made by an older dp, which kept less of itself'],
  };
}

/** What each task became is the whole of what is shown of it, so equal endings differ in nothing but time. */
export function hasSameEnding({ before, after }: TaskDiff): boolean {
  return (
    before?.status === after?.status &&
    before?.attempts === after?.attempts &&
    before?.output === after?.output
  );
}

function compareTask(
  task: TaskName,
  before: RunSide,
  after: RunSide,
  knowsFiles: boolean,
): TaskDiff {
  const [old, now] = [before.parts.tasks.get(task), after.parts.tasks.get(task)];
  const differences: Difference[] = [];
  if (old !== undefined && now !== undefined) {
    differences.push(...definitionDifferences(old, now, true));
    if (!knowsFiles) differences.push(...codeDifferences(old, now));
  }
  return {
    task,
    differences,
    before: old === undefined ? null : endingOf(task, before),
    after: now === undefined ? null : endingOf(task, after),
  };
}

function endingOf(task: TaskName, { record, outputOf }: RunSide): TaskEnding {
  const { status = 'pending', attempts = 0, durationMs = null } = record.tasks.get(task) ?? {};
  return { status, attempts, durationMs, output: outputOf(task) ?? null };
}

/** Of all modules together; undefined where the run did not keep it. */
function codeOf({ tasks, surroundings }: PlanParts): CodeParts | undefined {
  if (surroundings === undefined) return undefined;
  const codes = new Set([...tasks.values()].flatMap(({ code }) => code ?? []));
  const files = new Map<string, Digest | null>();
  const options = new Set<string>();
  let lockFile: Digest | null = null;
  for (const code of codes) {
    for (const { path, digest } of code.files) files.set(path, digest);
    options.add(code.options);
    lockFile = code.lockFile;
  }
  return {
    files: Array.from(files, ([path, digest]) => ({ path, digest })),
    lockFile,
    options: [...options].sort().join(' '),
  };
}
