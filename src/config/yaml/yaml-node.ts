/** A YAML document as plain values, each with its offsets in the text. */
import type { Span } from './source.ts';

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

/** Returns the text under `key`; undefined when there is none. */
export function textAt(node: YamlNode | undefined, key: string): YamlScalar | undefined {
  const value = node?.is === 'map' ? node.entries.get(key)?.value : undefined;
  return value?.is === 'scalar' && typeof value.value === 'string' ? value : undefined;
}

/** Returns the items of the list under `key`; none when there is no list. */
export function itemsAt(node: YamlMap, key: string): readonly YamlNode[] {
  const value = node.entries.get(key)?.value;
  return value?.is === 'list' ? value.items : [];
}

/** Returns the scalars under `key`: one, or those of a list. */
export function oneOrMoreAt(node: YamlMap, key: string): readonly YamlScalar[] {
  const value = node.entries.get(key)?.value;
  const items = value?.is === 'list' ? value.items : value === undefined ? [] : [value];
  return items.filter((item) => item.is === 'scalar');
}

/** Returns the entries of the mapping under `key`; none when there is no mapping. */
export function entriesAt(node: YamlMap, key: string): readonly YamlEntry[] {
  const value = node.entries.get(key)?.value;
  return value?.is === 'map' ? [...value.entries.values()] : [];
}
