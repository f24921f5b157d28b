/** What doc comments say of parameters and of the members of types. */
import { readFileSync } from 'node:fs';
import type { Checker, Symbol as TypeSymbol } from '@typescript/native/unstable/sync';
import type { Json, JsonObject } from '../../model/json.ts';

export interface Docs {
  /** Description and constraints (`@minimum 0`, `@format uri`, …) as JSON Schema keywords. */
  annotations(symbol: TypeSymbol): JsonObject;
  description(symbol: TypeSymbol): string | undefined;
  /** `@param` tags: parameter → text; `@param params.name text` and `@param name text` alike. */
  params(symbol: TypeSymbol): ReadonlyMap<string, string>;
}

/** Asks the checker only where the file has doc comments at all: most members have none, and each question is a round trip. */
export function docsOf(checker: Checker): Docs {
  const documented = new Map<string, boolean>();
  const mayHave = (symbol: TypeSymbol): boolean =>
    symbol.declarations.some(({ path }) => {
      let has = documented.get(path);
      if (has === undefined) documented.set(path, (has = hasDocComments(path)));
      return has;
    });
  const description = (symbol: TypeSymbol): string | undefined =>
    mayHave(symbol) ? checker.getDocumentationCommentOfSymbol(symbol).trim() || undefined : undefined;
  return {
    description,
    annotations(symbol) {
      if (!mayHave(symbol)) return {};
      const text = description(symbol);
      const tags = checker.getJsDocTagsOfSymbol(symbol).flatMap(({ name, text: value }) => {
        const read = CONSTRAINTS.get(name);
        const constraint = read?.(value?.trim() ?? '');
        return constraint === undefined ? [] : [[name, constraint] as const];
      });
      return { ...(text === undefined ? {} : { description: text }), ...Object.fromEntries(tags) };
    },
    params(symbol) {
      if (!mayHave(symbol)) return new Map();
      const tags = checker.getJsDocTagsOfSymbol(symbol).filter(({ name }) => name === 'param');
      return new Map(
        tags.flatMap(({ text }) => {
          const found = /^(?:[\w$]+\.)?([\w$]+)\s+(?:-\s*)?(\S[\s\S]*)$/.exec(text?.trim() ?? '');
          return found === null ? [] : [[found[1]!, found[2]!.trim()] as const];
        }),
      );
    },
  };
}

const number = (text: string): Json | undefined => (text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined);
const text = (value: string): Json | undefined => (value === '' ? undefined : value);

/** Tags that are keywords of JSON Schema as well. */
const CONSTRAINTS = new Map([
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength', 'minItems', 'maxItems'].map(
    (name) => [name, number] as const,
  ),
  ['pattern', text] as const,
  ['format', text] as const,
]);

function hasDocComments(path: string): boolean {
  if (path.startsWith('bundled:')) return false;
  try {
    return readFileSync(path, 'utf8').includes('/**');
  } catch {
    // The compiler may know the file by another spelling; it is asked then.
    return true;
  }
}
