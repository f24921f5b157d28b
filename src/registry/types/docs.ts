/** Reads the doc comments of tasks, their parameters and the members of types. */
import type { Node } from '@typescript/native/unstable/ast';
import { isVariableDeclaration } from '@typescript/native/unstable/ast/is';
import type { NodeHandle, Project, Symbol as TypeSymbol } from '@typescript/native/unstable/sync';
import type { Json, JsonObject } from '../../model/json.ts';
import { isLibrary } from './library.ts';

export interface Docs {
  /** Description and constraints (`@minimum 0`, `@format uri`, …) as JSON Schema keywords. */
  annotations(symbol: TypeSymbol): JsonObject;
  description(symbol: TypeSymbol): string | undefined;
  /** Returns the text of the `@param` tag of each parameter, written as `@param params.name text` or `@param name text`. */
  params(symbol: TypeSymbol): ReadonlyMap<string, string>;
}

/** Asks the checker only where a comment stands before the declaration: most have none, and each question is a round trip. */
export function docsOf(project: Project): Docs {
  const { checker } = project;
  const isDocumented = (symbol: TypeSymbol): boolean =>
    symbol.declarations.some((handle) => mayHaveComment(handle, project));
  const description = (symbol: TypeSymbol): string | undefined =>
    isDocumented(symbol)
      ? checker.getDocumentationCommentOfSymbol(symbol).trim() || undefined
      : undefined;
  return {
    description,
    annotations(symbol) {
      if (!isDocumented(symbol)) return {};
      const text = description(symbol);
      const tags = checker.getJsDocTagsOfSymbol(symbol).flatMap(({ name, text: value }) => {
        const constraint = CONSTRAINTS.get(name)?.(value?.trim() ?? '');
        return constraint === undefined ? [] : [[name, constraint] as const];
      });
      return { ...(text === undefined ? {} : { description: text }), ...Object.fromEntries(tags) };
    },
    params(symbol) {
      const tags = isDocumented(symbol)
        ? checker.getJsDocTagsOfSymbol(symbol).filter(({ name }) => name === 'param')
        : [];
      return new Map(
        tags.flatMap(({ text }) => {
          const [, name, about] =
            /^(?:[\w$]+\.)?([\w$]+)\s+(?:-\s*)?(\S[\s\S]*)$/.exec(text?.trim() ?? '') ?? [];
          return name === undefined || about === undefined ? [] : [[name, about.trim()] as const];
        }),
      );
    },
  };
}

/** In JavaScript the comment may be the type declaration. A comment on `const x = …` stands before the whole statement. */
function mayHaveComment(handle: NodeHandle, project: Project): boolean {
  if (isLibrary(handle.path)) return false;
  if (/\.[cm]?jsx?$/.test(handle.path)) return true;
  const node = handle.resolve(project);
  if (node === undefined) return true;
  return (
    hasCommentBefore(node) || (isVariableDeclaration(node) && hasCommentBefore(node.parent.parent))
  );
}

export function hasCommentBefore(node: Node): boolean {
  const { text } = node.getSourceFile();
  return text.slice(node.pos, node.getStart()).includes('/**');
}

const number = (text: string): Json | undefined =>
  text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
const text = (value: string): Json | undefined => (value === '' ? undefined : value);

/** Tags that are keywords of JSON Schema as well. */
const CONSTRAINTS = new Map([
  ...[
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'multipleOf',
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
  ].map((name) => [name, number] as const),
  ['pattern', text] as const,
  ['format', text] as const,
]);
