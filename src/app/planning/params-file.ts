/** The path of a file of parameters comes in; their values go out, each with its place. */
import { resolve } from 'node:path';
import { type ParamsFile, parseParamsFile } from '../../config/params-file.ts';
import { Fault } from '../../model/fault.ts';
import type { CallerContext } from '../project/caller-context.ts';
import { readYamlFile } from './load.ts';

/** Throws a Fault with every diagnostic when the file is not sound, DP2002 or DP8002 when it cannot be read. */
export async function readParamsFile(
  file: string,
  { cwd }: Pick<CallerContext, 'cwd'>,
): Promise<ParamsFile> {
  const path = resolve(cwd, file);
  const bytes = await readYamlFile(path, { shown: file, noun: 'a file of parameters' });
  const { value: params, diagnostics } = await parseParamsFile(bytes, path);
  if (params === undefined) throw Fault.of(diagnostics);
  return params;
}
