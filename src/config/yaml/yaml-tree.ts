/** Converts the library's nodes to those of dp, and checks keys, aliases and numbers as the library does not. */
import type { Alias, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { Report } from './report.ts';
import { quoted, type Span } from './source.ts';
import type { YamlEntry, YamlNode, YamlScalar } from './yaml-node.ts';

/** Limit of values that aliases repeat, counted after expansion; enough for `retry: *r` in 10,000 tasks. */
const MAX_REPEATED = 100_000;

export type YamlLibrary = typeof import('yaml');

/** A node in its place: an alias ends elsewhere than the node it stands for. */
interface Built {
  readonly node: YamlNode;
  /** Number of values that it stands for after the expansion of aliases. */
  readonly size: number;
  readonly end: number;
}

export class TreeBuilder {
  readonly #yaml: YamlLibrary;
  readonly #report: Report;
  readonly #anchors = new Map<string, Built>();
  #repeated = 0;

  constructor(yaml: YamlLibrary, report: Report) {
    this.#yaml = yaml;
    this.#report = report;
  }

  build(root: ParsedNode): YamlNode {
    return this.#node(root).node;
  }

  // Recursion is safe: the reader has bounded the depth.
  #node(node: ParsedNode): Built {
    if (this.#yaml.isAlias(node)) return this.#alias(node);
    const built = this.#anchored(node);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, built);
    return built;
  }

  #anchored(node: Exclude<ParsedNode, Alias.Parsed>): Built {
    if (this.#yaml.isSeq(node)) return this.#list(node);
    if (this.#yaml.isMap(node)) return this.#map(node);
    const span = spanOf(node);
    return {
      node: { is: 'scalar', value: this.#value(node, span), ...span },
      size: 1,
      end: span.end,
    };
  }

  #list(node: YAMLSeq.Parsed): Built {
    const items = node.items.map((item) => this.#node(item));
    const { start, end } = extentOf(node, items.at(-1)?.end);
    return {
      node: { is: 'list', items: items.map((item) => item.node), start, end },
      size: items.reduce((sum, { size }) => sum + size, 1),
      end,
    };
  }

  #map(node: YAMLMap.Parsed): Built {
    const entries = new Map<string, YamlEntry>();
    let size = 1;
    let lastEnd: number | undefined;
    for (const { key, value } of node.items) {
      // The value is read even under a key that is refused: an anchor in it may be used elsewhere.
      const built = this.#isEmpty(value) ? emptyAt(this.#behindColon(key)) : this.#node(value);
      size += built.size;
      lastEnd = built.end;
      const name = this.#key(key, entries);
      if (name !== undefined)
        entries.set(name, { key: name, keySpan: spanOf(key), value: built.node });
    }
    const { start, end } = extentOf(node, lastEnd);
    return { node: { is: 'map', entries, start, end }, size, end };
  }

  #isEmpty(value: ParsedNode | null): value is null {
    if (value === null) return true;
    return this.#yaml.isScalar(value) && value.range[0] === value.range[1] && !value.anchor;
  }

  /** Returns the place of an absent value, which the library puts behind blanks, comments or both. */
  #behindColon(key: ParsedNode): number {
    const [, end] = key.range;
    const colon = this.#report.source.text.indexOf(':', end);
    return colon === -1 ? end : colon + 1;
  }

  #key(key: ParsedNode, before: ReadonlyMap<string, YamlEntry>): string | undefined {
    const span = spanOf(key);
    if (!this.#yaml.isScalar(key)) {
      this.#report.error('DP1006', 'a key has to be plain text', span, 'put it in quotes');
      return undefined;
    }
    const name = typeof key.value === 'string' ? key.value : (key.source ?? '');
    if (name === '<<' && key.type === 'PLAIN') {
      const hint =
        'settings shared by all tasks belong under `defaults:`; a whole value can be repeated with an alias';
      this.#report.error('DP1006', 'the merge key "<<" is not allowed', span, hint);
      return undefined;
    }
    if (name === '__proto__') {
      this.#report.error('DP1007', '"__proto__" is not allowed as a key', span);
      return undefined;
    }
    const first = before.get(name);
    if (first === undefined) return name;
    const hint = 'remove or rename one of them';
    const related = { message: 'the first one', span: first.keySpan };
    this.#report.error('DP1003', `duplicate key ${quoted(name)}`, span, hint, related);
    return undefined;
  }

  #alias(node: Alias.Parsed): Built {
    const span = spanOf(node);
    const target = this.#anchors.get(node.source);
    if (target === undefined) {
      const message = `the alias ${quoted(node.source)} has no anchor before it`;
      const hint = `write \`&${node.source}\` in front of the value to repeat`;
      this.#report.error('DP1001', message, span, hint);
      return emptyAt(span.end);
    }
    const wasWithin = this.#repeated <= MAX_REPEATED;
    this.#repeated += target.size;
    if (this.#repeated <= MAX_REPEATED) return { ...target, end: span.end };
    if (wasWithin) {
      const message = `aliases repeat more than ${MAX_REPEATED} values`;
      const hint = 'aliases of aliases multiply; write the values out, or make them in a task';
      this.#report.error('DP1006', message, span, hint);
    }
    return emptyAt(span.end);
  }

  #value({ value, source }: Scalar.Parsed, span: Span): YamlScalar['value'] {
    if (typeof value === 'number') this.#checkNumber(value, source, span);
    if (typeof value === 'string' && !value.isWellFormed()) {
      const hint = 'write characters beyond U+FFFF as "\\UXXXXXXXX"';
      this.#report.error('DP1001', 'the text contains half of a surrogate pair', span, hint);
    }
    // The cast is safe: the core schema gives nothing else.
    return value as YamlScalar['value'];
  }

  #checkNumber(value: number, written: string, span: Span): void {
    if (!Number.isFinite(value)) {
      const hint = 'put it in quotes if text is meant';
      this.#report.error('DP1005', `${quoted(written)} is not a finite number`, span, hint);
    } else if (Number.isInteger(value) && !Number.isSafeInteger(value) && !/[.eE]/.test(written)) {
      const hint = 'put it in quotes: as text it keeps every digit';
      const message = `${quoted(written)} is beyond what a number holds exactly`;
      this.#report.error('DP1005', message, span, hint);
    }
  }
}

function spanOf(node: ParsedNode): Span {
  return { start: node.range[0], end: node.range[1] };
}

/** Returns the span of a collection, which ends with its last value; the library also counts blank lines and comments behind it. */
function extentOf(node: YAMLMap.Parsed | YAMLSeq.Parsed, lastEnd: number | undefined): Span {
  const { start, end } = spanOf(node);
  return { start, end: node.flow ? end : (lastEnd ?? end) };
}

function emptyAt(offset: number): Built {
  return {
    node: { is: 'scalar', value: null, start: offset, end: offset },
    size: 1,
    end: offset,
  };
}
