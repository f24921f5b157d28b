/** The bytes of a file of parameters come in, YAML or JSON; their values go out, each with its place. */
import { type Diagnostic, hasErrors, type Place } from '../model/diagnostic.ts';
import type { JsonObject } from '../model/json.ts';
import { toJson } from './format/kinds.ts';
import { readYaml } from './yaml.ts';
import { Report } from './yaml/report.ts';
import { decodeSource, SourceText } from './yaml/source.ts';

export interface ParamsFile {
  readonly values: JsonObject;
  readonly places: ReadonlyMap<string, Place>;
}

/** `params` is absent exactly when a diagnostic is an error. */
export async function parseParamsFile(
  bytes: Uint8Array,
  file: string,
): Promise<{ readonly params?: ParamsFile; readonly diagnostics: readonly Diagnostic[] }> {
  const source = decodeSource(bytes, file);
  if (!(source instanceof SourceText)) return { diagnostics: [source] };
  const report = new Report(source);
  const root = await readYaml(report);
  if (root !== undefined && root.is !== 'map')
    report.error('DP1004', 'a file of parameters is a mapping: NAME: VALUE', root);
  const { diagnostics } = report;
  if (root?.is !== 'map' || hasErrors(diagnostics)) return { diagnostics };
  const entries = [...root.entries.values()];
  const values = entries.map(({ key, value }) => [key, toJson(value)] as const);
  const places = entries.map(({ key, keySpan }) => [key, source.place(keySpan)] as const);
  return {
    params: { values: Object.fromEntries(values), places: new Map(places) },
    diagnostics,
  };
}
