/**
 * Config: the bytes of a pipeline file come in, a Pipeline goes out in which every part knows its place.
 * It checks the file for itself, and all of it at once: form, names, expressions, schedules, schemas of parameters.
 * It never looks at task modules, other files, the environment or the clock.
 */
import { type Diagnostic, hasErrors } from '../model/diagnostic.ts';
import type { Pipeline } from '../model/pipeline.ts';
import { buildPipeline } from './build.ts';
import { PIPELINE, type PipelineRead } from './format/format.ts';
import { checkHookNames } from './rules/hook-rules.ts';
import { wrong } from './format/kinds.ts';
import { checkParams } from './rules/param-specs.ts';
import { checkExpressions } from './rules/references.ts';
import { Report } from './yaml/report.ts';
import { checkSchedules } from './rules/schedules.ts';
import { checkSecrets } from './rules/secret-rules.ts';
import { decodeSource, SourceText } from './yaml/source.ts';
import { checkTasks } from './rules/task-rules.ts';
import { checkTriggerParams } from './rules/trigger-params.ts';
import { readYaml } from './yaml.ts';
import type { YamlMap, YamlNode } from './yaml/yaml-node.ts';

export interface ParsedPipeline {
  /** Present exactly when no diagnostic is an error. */
  readonly pipeline: Pipeline | undefined;
  /** Diagnostics in the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/** `file` is absolute or `<stdin>`; relative paths in it start from `folder`. */
export async function parsePipeline(
  bytes: Uint8Array,
  file: string,
  folder: string,
): Promise<ParsedPipeline> {
  const source = decodeSource(bytes, file);
  if (!(source instanceof SourceText)) return { pipeline: undefined, diagnostics: [source] };
  const report = new Report(source);
  return parseTree(await readYaml(report), report, { file, folder });
}

/** Checks a tree that was read without errors; undefined when it could not be read. */
export async function parseTree(
  tree: YamlNode | undefined,
  report: Report,
  where: Pick<Pipeline, 'file' | 'folder'>,
): Promise<ParsedPipeline> {
  const root = readRoot(tree, report);
  if (root === undefined) return { pipeline: undefined, diagnostics: inOrder(report.diagnostics) };

  // Each check reads the same tree for itself, so that one mistake does not hide another.
  const read = PIPELINE.readSome(root, '', report);
  checkTasks(root, report);
  checkHookNames(root, report);
  checkSecrets(root, report);
  const references = await checkExpressions(root, report);
  checkSchedules(root, report);
  await checkParams(root, report);
  await checkTriggerParams(root, report);

  const diagnostics = inOrder(report.diagnostics);
  if (hasErrors(diagnostics)) return { pipeline: undefined, diagnostics };
  // A cast: complete, as no error was reported
  return {
    pipeline: buildPipeline(read as PipelineRead, references, where),
    diagnostics,
  };
}

function readRoot(root: YamlNode | undefined, report: Report): YamlMap | undefined {
  if (root === undefined || root.is === 'map') return root;
  const hint = 'a pipeline has at least `name:` and `tasks:`';
  if (root.is === 'scalar' && root.value === null)
    report.error('DP1011', 'the file is empty', root, hint);
  else
    wrong({ node: root, path: '', report }, 'a mapping with name and tasks', {
      code: 'DP1011',
      hint,
    });
  return undefined;
}

function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted((a, b) => offsetOf(a) - offsetOf(b));
}

/** Columns stay far below what a line is worth here. */
function offsetOf({ at }: Diagnostic): number {
  return at === undefined ? 0 : at.line * 2 ** 25 + at.column;
}
