/** The bytes of a file of parameters come in, YAML or JSON; their values go out, each with its place. */
import type { Place } from '../model/diagnostic.ts';
import type { JsonObject } from '../model/json.ts';
import { readDocument, type ReadDocument } from './document.ts';
import { toJson } from './format/kinds.ts';

export interface ParamsFile {
  readonly values: JsonObject;
  readonly places: ReadonlyMap<string, Place>;
}

/** `file` is absolute. */
export async function parseParamsFile(
  bytes: Uint8Array,
  file: string,
): Promise<ReadDocument<ParamsFile>> {
  return await readDocument(bytes, file, (root, report) => {
    if (root.is !== 'map') {
      report.error('DP1004', 'a file of parameters is a mapping: NAME: VALUE', root);
      return undefined;
    }
    const entries = [...root.entries.values()];
    return {
      values: Object.fromEntries(entries.map(({ key, value }) => [key, toJson(value)])),
      places: new Map(entries.map(({ key, keySpan }) => [key, report.source.place(keySpan)])),
    };
  });
}
