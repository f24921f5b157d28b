/** Two runs come in; all that differs between them goes out: their requests and their outcomes. */
import type { Difference, RunDiff, TaskDiff, TaskEnding } from '../model/difference.ts';
import type { Digest, TaskName } from '../model/ids.ts';
import type { RunRecord } from '../model/run.ts';
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
    notes: knowsFiles ? [] : [{ is: 'less_kept_of_one' }],
  };
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

/** Returns the code of all modules together; undefined where the run did not keep it. */
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
