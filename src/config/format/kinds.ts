/**
 * The kinds of values in a pipeline file. A kind reads and checks a value, and describes itself as JSON Schema:
 * `format.ts` defines the format once, in kinds, and both the reader and `dp schema` follow from it.
 */
import { type DiagnosticCode, impossible } from '../../model/fault.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { ValueKind, ValueProblem } from '../../model/value-kind.ts';
import type { Report } from '../yaml/report.ts';
import { quoted, type Span } from '../yaml/source.ts';
import type { YamlNode } from '../yaml/yaml-node.ts';

export interface Kind<T> {
  /** Completes "… must be". */
  readonly expected: string;
  readonly schema: JsonObject;
  /** Returns whether the node looks meant as this kind; decides between the members of a union. */
  accepts(node: YamlNode): boolean;
  /** Returns undefined after at least one error was reported. `path` names the value in messages. */
  read(node: YamlNode, path: string, report: Report): T | undefined;
}
export type ReadOf<K> = K extends Kind<infer T> ? T : never;

/** Returns a kind of plain data that reports each problem at its place in the file. */
export function plain<T>(kind: ValueKind<T, unknown>): Kind<T> {
  return {
    expected: kind.expected,
    schema: kind.schema,
    accepts: (node) => kind.accepts(toJson(node)),
    read: (node, path, report) =>
      kind.read(toJson(node), {
        from: 'file',
        path: [],
        report: (problem) => tell(problem, { node, path, report }),
      }),
  };
}

function tell(problem: ValueProblem, value: NamedNode): void {
  const { path, node, report } = problem.path.reduce(partOf, value);
  if (problem.is === 'wrong') {
    wrong({ path, node, report }, problem.expected, problem);
    return;
  }
  const entry = node.is === 'map' ? node.entries.get(problem.key) : undefined;
  unknownKey(problem, { path, at: entry?.keySpan ?? node, report });
}

function partOf({ node, path, report }: NamedNode, part: string | number): NamedNode {
  const inside =
    node.is === 'list'
      ? node.items[Number(part)]
      : node.is === 'map'
        ? node.entries.get(String(part))?.value
        : undefined;
  const name = typeof part === 'number' ? `${path}[${part}]` : join(path, part);
  return { node: inside ?? node, path: name, report };
}

export function unknownKey(
  { key, hint }: { readonly key: string; readonly hint: string },
  { path, at, report }: { readonly path: string; readonly at: Span; readonly report: Report },
): void {
  const where = path === '' ? '' : ` in ${path}`;
  report.error('DP1004', `unknown key ${quoted(key)}${where}`, at, hint);
}

/** Returns the name of the value under a key, for messages. */
export function join(path: string, key: string): string {
  const shown = /^[\w-]+$/.test(key) && key.length <= 60 ? key : quoted(key);
  return path === '' ? shown : `${path}.${shown}`;
}

/** Returns a kind whose first member that accepts the node reads it. */
export function union<const K extends readonly Kind<unknown>[]>(
  expected: string,
  members: K,
): Kind<ReadOf<K[number]>> {
  return {
    expected,
    schema: { anyOf: members.map((member) => member.schema) },
    accepts: (node) => members.some((member) => member.accepts(node)),
    read(node, path, report) {
      const member = members.find((candidate) => candidate.accepts(node));
      if (member === undefined) return wrong({ node, path, report }, expected);
      // The cast is safe: the value is one member's.
      return member.read(node, path, report) as ReadOf<K[number]> | undefined;
    },
  };
}

/** Returns a kind that reads an absent value (`key:` alone) as `value`. */
export function orNothing<T>(kind: Kind<T>, value: T): Kind<T> {
  return {
    expected: kind.expected,
    schema: { anyOf: [kind.schema, { type: 'null' }] },
    accepts: (node) => isNothing(node) || kind.accepts(node),
    read: (node, path, report) => (isNothing(node) ? value : kind.read(node, path, report)),
  };
}

/** The kind of any plain data. */
export const json: Kind<Json> = {
  expected: 'a value',
  schema: {},
  accepts: () => true,
  read: (node) => toJson(node),
};

/** Returns frozen data. Keys are own properties, whatever their names: `__proto__` never gets this far. */
export function toJson(node: YamlNode): Json {
  switch (node.is) {
    case 'scalar':
      return node.value;
    case 'list':
      return Object.freeze(node.items.map(toJson));
    case 'map':
      return Object.freeze(
        Object.fromEntries(
          [...node.entries.values()].map(({ key, value }) => [key, toJson(value)]),
        ),
      );
    default:
      return impossible(node);
  }
}

/** A value of the file, and its name in messages. */
interface NamedNode {
  readonly node: YamlNode;
  readonly path: string;
  readonly report: Report;
}

/** Reports that the node is not what it must be. Returns undefined, as every `read` does then. */
export function wrong(
  { node, path, report }: NamedNode,
  expected: string,
  { code = 'DP1005', hint }: { code?: DiagnosticCode | undefined; hint?: string | undefined } = {},
): undefined {
  const what = path === '' ? 'the file' : path;
  report.error(
    code,
    `${what} must be ${expected}, not ${describe(node)}`,
    firstLine(node, report),
    hint,
  );
}

function isNothing(node: YamlNode): boolean {
  return node.is === 'scalar' && node.value === null;
}

function describe(node: YamlNode): string {
  if (node.is !== 'scalar') return node.is === 'list' ? 'a list' : 'a mapping';
  if (node.value === null) return 'empty';
  return typeof node.value === 'string' ? `the text ${quoted(node.value)}` : String(node.value);
}

/** Returns the first line of a collection, because a mark under twenty lines helps nobody. */
function firstLine(node: YamlNode, report: Report): Span {
  if (node.is === 'scalar') return node;
  const newline = report.source.text.indexOf('\n', node.start);
  return { start: node.start, end: newline === -1 ? node.end : Math.min(node.end, newline) };
}
