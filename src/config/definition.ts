/** A pipeline as plain data, in the form of a pipeline file: it is checked like a file, and all of it stands where a program defines it. */
import type { Place } from '../model/diagnostic.ts';
import { isJsonObject, type Json } from '../model/json.ts';
import { type ParsedPipeline, parseTree } from './parse.ts';
import { Report } from './yaml/report.ts';
import { SourceText } from './yaml/source.ts';
import type { YamlNode } from './yaml/yaml-node.ts';

/** `file` is the name on record, in angle brackets; `folder` is what relative paths start from. */
export function parseDefinition(
  definition: Json,
  at: Place,
  where: { readonly file: string; readonly folder: string },
): Promise<ParsedPipeline> {
  return parseTree(nodeOf(definition), new Report(new DefinedText(at)), where);
}

/** Stands for the text of a file; every part of it has the place of the definition. */
class DefinedText extends SourceText {
  readonly #at: Place;

  constructor(at: Place) {
    super(at.file, '');
    this.#at = at;
  }

  override place(): Place {
    return this.#at;
  }
}

function nodeOf(value: Json): YamlNode {
  if (value === null || typeof value !== 'object') return { is: 'scalar', value, ...NOWHERE };
  if (!isJsonObject(value)) return { is: 'list', items: value.map(nodeOf), ...NOWHERE };
  const entries = Object.entries(value).map(
    ([key, part]) => [key, { key, keySpan: NOWHERE, value: nodeOf(part) }] as const,
  );
  return { is: 'map', entries: new Map(entries), ...NOWHERE };
}

const NOWHERE = { start: 0, end: 0 };
