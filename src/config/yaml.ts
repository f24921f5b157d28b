/** Text → a tree of plain values with their offsets. What YAML allows and a pipeline file does not ends here. */
import type { Alias, CST, Document, ParsedNode, YAMLParseError } from 'yaml';
import type { Report } from './report.ts';
import { quoted, type SourceText, type Span } from './source.ts';

export type YamlNode = YamlScalar | YamlList | YamlMap;
export interface YamlScalar extends Span {
  readonly is: 'scalar';
  readonly value: null | boolean | number | string;
}
export interface YamlList extends Span {
  readonly is: 'list';
  readonly items: readonly YamlNode[];
}
export interface YamlMap extends Span {
  readonly is: 'map';
  readonly entries: ReadonlyMap<string, YamlEntry>;
}
export interface YamlEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: YamlNode;
}

/** The text under `key`, when there is one. */
export function textAt(node: YamlNode | undefined, key: string): YamlScalar | undefined {
  const value = node?.is === 'map' ? node.entries.get(key)?.value : undefined;
  return value?.is === 'scalar' && typeof value.value === 'string' ? value : undefined;
}

/** The items of the list under `key`; none when there is no list. */
export function itemsAt(node: YamlMap, key: string): readonly YamlNode[] {
  const value = node.entries.get(key)?.value;
  return value?.is === 'list' ? value.items : [];
}

/** The entries of the mapping under `key`; none when there is no mapping. */
export function entriesAt(node: YamlMap, key: string): readonly YamlEntry[] {
  const value = node.entries.get(key)?.value;
  return value?.is === 'map' ? [...value.entries.values()] : [];
}

/** Collections inside collections. Real pipelines stay below ten; the parser below would run out of stack at some thousands. */
const MAX_DEPTH = 100;
/** Values that aliases may repeat, counted after expansion; enough for `retry: *r` in 10,000 tasks. */
const MAX_REPEATED = 100_000;
/** After the first few, syntax errors are consequences of each other. */
const MAX_SYNTAX_ERRORS = 10;

/** Undefined, with at least one error in `report`, when the text is no YAML. */
export async function readYaml(report: Report): Promise<YamlNode | undefined> {
  const yaml = await import('yaml');
  const document = composeOne(yaml, report);
  for (const error of firstPerLine(document?.errors ?? [], report.source)) {
    const [start, end] = error.pos;
    report.error('DP1001', mildly(error), { start, end: Math.max(end, start + 1) }, hintFor(error));
  }
  if (document === undefined || report.diagnostics.length > 0) return undefined;
  return document.contents === null
    ? { is: 'scalar', value: null, start: 0, end: 0 }
    : new TreeBuilder(yaml, report).build(document.contents);
}

type Yaml = typeof import('yaml');

/**
 * Drives lexer, parser and composer by hand, so that nesting, tags and further documents are seen
 * before anything recursive runs over them.
 */
function composeOne(
  { Composer, CST, Lexer, Parser }: Yaml,
  report: Report,
): Document.Parsed | undefined {
  const { text } = report.source;
  const parser = new Parser();
  // The library's own search for duplicate keys is quadratic; TreeBuilder has another.
  const composer = new Composer({ uniqueKeys: false, strict: true, version: '1.2' });
  const documents: Document.Parsed[] = [];
  const compose = (tokens: Iterable<CST.Token>): void => {
    for (const token of tokens) documents.push(...composer.next(token));
  };
  let before = '';
  for (const lexeme of new Lexer().lex(text)) {
    const span = { start: parser.offset, end: parser.offset + lexeme.length };
    if (lexeme.startsWith('!') && before !== CST.SCALAR) {
      const hint = 'remove it; if the "!" belongs to the value, put the value in quotes';
      report.error('DP1006', `the tag ${quoted(lexeme)} is not allowed`, span, hint);
    }
    before = lexeme;
    compose(parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) {
      const hint = 'look for a bracket that is never closed';
      report.error('DP1006', `nested more than ${MAX_DEPTH} levels deep`, span, hint);
      return undefined;
    }
    if (documents.length > 0) break;
  }
  compose(parser.end());
  documents.push(...composer.end(true, text.length));
  const [first, second] = documents;
  if (first !== undefined && second !== undefined) {
    const start = text.indexOf('---', first.range[1]);
    const hint = 'one file holds one pipeline: move the second to a file of its own';
    report.error('DP1006', 'a second document begins here', { start, end: start + 3 }, hint);
    return undefined;
  }
  return first;
}

function firstPerLine(errors: readonly YAMLParseError[], source: SourceText): YAMLParseError[] {
  const seen = new Set<number>();
  return errors
    .filter(({ pos: [start, end] }) => {
      const { line } = source.place({ start, end });
      return !seen.has(line) && seen.add(line);
    })
    .slice(0, MAX_SYNTAX_ERRORS);
}

/** The parser's message, starting small like every other one and without its advice to others. */
function mildly({ message }: YAMLParseError): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function hintFor({ code }: YAMLParseError): string | undefined {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces';
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return 'a text that contains ": " has to stand in quotes';
    case 'BAD_SCALAR_START':
      return 'put the value in quotes';
    case 'BAD_INDENT':
      return 'keys of one mapping start in the same column';
    default:
      return undefined;
  }
}

/** A node and how many values it stands for once its aliases are expanded. */
interface Sized {
  readonly node: YamlNode;
  readonly size: number;
}

/** Turns the library's nodes into ours, with its own checks of keys, aliases and numbers. */
class TreeBuilder {
  readonly #yaml: Yaml;
  readonly #report: Report;
  readonly #anchors = new Map<string, Sized>();
  #repeated = 0;

  constructor(yaml: Yaml, report: Report) {
    this.#yaml = yaml;
    this.#report = report;
  }

  build(root: ParsedNode): YamlNode {
    return this.#node(root).node;
  }

  // Recursion is safe: composeOne has bounded the depth.
  #node(node: ParsedNode): Sized {
    if (this.#yaml.isAlias(node)) return this.#alias(node);
    const built = this.#anchored(node);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, built);
    return built;
  }

  #anchored(node: Exclude<ParsedNode, Alias.Parsed>): Sized {
    const span = spanOf(node);
    if (this.#yaml.isScalar(node)) {
      return {
        node: { is: 'scalar', value: this.#value(node.value, node.source, span), ...span },
        size: 1,
      };
    }
    let size = 1;
    if (this.#yaml.isSeq(node)) {
      const items = node.items.map((item) => {
        const built = this.#node(item as ParsedNode);
        size += built.size;
        return built.node;
      });
      return { node: { is: 'list', items, ...span }, size };
    }
    const entries = new Map<string, YamlEntry>();
    for (const pair of node.items) {
      const entry = this.#entry(pair.key, pair.value, entries);
      if (entry === undefined) continue;
      entries.set(entry.key, entry);
      size += entry.size;
    }
    return { node: { is: 'map', entries, ...span }, size };
  }

  #entry(
    key: ParsedNode,
    value: ParsedNode | null,
    before: ReadonlyMap<string, YamlEntry>,
  ): (YamlEntry & { size: number }) | undefined {
    const keySpan = spanOf(key);
    // Read first, even under a key that is refused: an anchor in it may be used elsewhere.
    const { node, size } = value === null ? emptyAt(keySpan.end) : this.#node(value);
    if (!this.#yaml.isScalar(key)) {
      this.#report.error('DP1006', 'a key has to be plain text', keySpan, 'put it in quotes');
      return undefined;
    }
    const name = typeof key.value === 'string' ? key.value : (key.source ?? '');
    if (name === '<<' && key.type === 'PLAIN') {
      this.#report.error(
        'DP1006',
        'the merge key "<<" is not allowed',
        keySpan,
        'settings shared by all tasks belong under `defaults:`; a whole value can be repeated with an alias',
      );
      return undefined;
    }
    if (name === '__proto__') {
      this.#report.error('DP1007', '"__proto__" is not allowed as a key', keySpan);
      return undefined;
    }
    const first = before.get(name);
    if (first !== undefined) {
      const hint = 'remove or rename one of them';
      const related = { message: 'the first one', span: first.keySpan };
      this.#report.error('DP1003', `duplicate key ${quoted(name)}`, keySpan, hint, related);
      return undefined;
    }
    return { key: name, keySpan, value: node, size };
  }

  #alias(node: Alias.Parsed): Sized {
    const span = spanOf(node);
    const target = this.#anchors.get(node.source);
    if (target === undefined) {
      this.#report.error(
        'DP1001',
        `the alias ${quoted(node.source)} has no anchor before it`,
        span,
        `write \`&${node.source}\` in front of the value to repeat`,
      );
      return emptyAt(span.start);
    }
    const within = this.#repeated <= MAX_REPEATED;
    this.#repeated += target.size;
    if (this.#repeated <= MAX_REPEATED) return target;
    if (within) {
      this.#report.error(
        'DP1006',
        `aliases repeat more than ${MAX_REPEATED} values`,
        span,
        'aliases of aliases multiply; write the values out, or make them in a task',
      );
    }
    return emptyAt(span.start);
  }

  #value(value: unknown, written: string | undefined, span: Span): YamlScalar['value'] {
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) {
        this.#report.error(
          'DP1005',
          `${quoted(written ?? String(value))} is not a finite number`,
          span,
          'put it in quotes if text is meant',
        );
      } else if (
        Number.isInteger(value) &&
        !Number.isSafeInteger(value) &&
        !/[.eE]/.test(written ?? '')
      ) {
        this.#report.error(
          'DP1005',
          `${quoted(written ?? '')} is beyond what a number holds exactly`,
          span,
          'put it in quotes: as text it keeps every digit',
        );
      }
      return value;
    }
    if (typeof value === 'string' && !value.isWellFormed()) {
      this.#report.error(
        'DP1001',
        'the text holds half of a surrogate pair',
        span,
        'write characters beyond U+FFFF as "\\UXXXXXXXX"',
      );
    }
    return value as YamlScalar['value'];
  }
}

function spanOf(node: ParsedNode): Span {
  return { start: node.range[0], end: node.range[1] };
}

function emptyAt(offset: number): Sized {
  return { node: { is: 'scalar', value: null, start: offset, end: offset }, size: 1 };
}
