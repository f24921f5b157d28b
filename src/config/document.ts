/** The bytes of a YAML file come in; what a reader makes of them goes out, or every mistake with its place. */
import { type Diagnostic, hasErrors } from '../model/diagnostic.ts';
import { Report } from './yaml/report.ts';
import { decodeSource, SourceText } from './yaml/source.ts';
import type { YamlNode } from './yaml/yaml-node.ts';
import { readYaml } from './yaml.ts';

export interface ReadDocument<T> {
  /** Present exactly when no diagnostic is an error. */
  readonly value: T | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** `file` is absolute. The reader reports mistakes, and returns undefined only after it has reported an error. */
export async function readDocument<T>(
  bytes: Uint8Array,
  file: string,
  read: (root: YamlNode, report: Report) => T | undefined,
): Promise<ReadDocument<T>> {
  const source = decodeSource(bytes, file);
  if (!(source instanceof SourceText)) return { value: undefined, diagnostics: [source] };
  const report = new Report(source);
  const root = await readYaml(report);
  const value = root && read(root, report);
  const { diagnostics } = report;
  return { value: hasErrors(diagnostics) ? undefined : value, diagnostics };
}
