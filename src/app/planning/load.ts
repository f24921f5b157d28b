/** A path comes in; the pipeline of that file goes out, checked. */
import { createReadStream, existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parsePipeline } from '../../config/parse.ts';
import { MAX_BYTES } from '../../config/yaml/source.ts';
import { hasErrors, type Diagnostic } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import type { Hint } from '../../model/hint.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import { learnSettings } from '../project/project-settings.ts';
import { pathInProject, type CallerContext, rootFor } from '../project/caller-context.ts';

/** Stands for the file of a pipeline that was read from standard input. */
export const STANDARD_INPUT = '<stdin>';

/** A pipeline file, read and checked without its modules. */
export interface Loaded {
  readonly pipeline: Pipeline;
  /** Warnings of the file. */
  readonly diagnostics: readonly Diagnostic[];
  /** The project's folder. */
  readonly root: string;
}

/** `file` may be `-`: standard input. Throws a Fault with every diagnostic when the file is not sound. */
export async function load(
  file: string,
  caller: CallerContext,
  parse: typeof parsePipeline = parsePipeline,
): Promise<Loaded> {
  const fromInput = file === '-';
  const path = fromInput ? STANDARD_INPUT : pathInProject(resolve(caller.cwd, file), caller);
  const folder = fromInput ? caller.cwd : dirname(path);
  const bytes = fromInput
    ? await beginningOf(process.stdin)
    : await readYamlFile(path, pipelineFile(file));
  const { pipeline, diagnostics } = await parse(bytes, path, folder);
  if (pipeline === undefined || hasErrors(diagnostics)) throw Fault.of(diagnostics);
  const root = rootFor(folder, caller);
  await learnSettings(root, caller);
  return { pipeline, diagnostics, root };
}

/** Returns every pipeline file of the project, sorted. */
export async function pipelineFiles(caller: CallerContext): Promise<string[]> {
  const folder = join(rootFor(caller.cwd, caller), 'pipelines');
  const names = existsSync(folder) ? await readdir(folder) : [];
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** Returns the same; throws DP4003 when there is none. */
export async function projectPipelines(caller: CallerContext): Promise<readonly string[]> {
  const files = await pipelineFiles(caller);
  if (files.length > 0) return files;
  throw new Fault('DP4003', 'there is no pipeline under pipelines/', {
    hint: { do: 'namePipelineOrInitProject' },
  });
}

/** Returns the pipeline file of a project that has only one, which a user need not name. Throws DP2001. */
export async function onlyPipeline(caller: CallerContext): Promise<string> {
  const files = await pipelineFiles(caller);
  const [only] = files;
  if (only !== undefined && files.length === 1) return only;
  const there = files.length === 0 ? 'There is none' : `There are ${files.length}`;
  throw new Fault('DP2001', `which pipeline? ${there} under pipelines/`, {
    hint: { do: 'namePipeline' },
  });
}

const pipelineFile = (shown: string): ReadFile => ({
  shown,
  noun: 'a pipeline file',
  hint: { do: 'initProject' },
});

/** A file as messages tell of it. */
interface ReadFile {
  /** The path as it was given. */
  readonly shown: string;
  readonly noun: string;
  /** What to do when there is no such file. */
  readonly hint?: Hint;
}

/** Returns the bytes of a file, or as many of them as show that it is too long. Throws DP2002 or DP8002. */
export async function readYamlFile(
  path: string,
  { shown, noun, hint }: ReadFile,
): Promise<Uint8Array> {
  try {
    return await beginningOf(createReadStream(path));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new Fault('DP2002', `there is no file ${shown}`, { cause, ...(hint && { hint }) });
    if (code === 'EISDIR')
      throw new Fault('DP2002', `${shown} is a folder, not ${noun}`, { cause });
    throw new Fault('DP8002', `${shown} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** Returns all of the input, or as much of it as shows that it is too long: some inputs have no end. */
async function beginningOf(input: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BYTES) break;
  }
  return Buffer.concat(chunks);
}
