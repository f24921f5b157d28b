/** Text → a tree of plain values with their offsets. What YAML allows and a pipeline file does not ends here. */
import { readAnyYaml } from './yaml/any-yaml.ts';
import { readPlainYaml } from './yaml/plain-yaml.ts';
import type { Report } from './yaml/report.ts';
import type { YamlNode } from './yaml/yaml-node.ts';

/** Undefined, with at least one error in `report`, when the text is no YAML. */
export async function readYaml(report: Report): Promise<YamlNode | undefined> {
  return readPlainYaml(report.source.text) ?? (await readAnyYaml(report));
}
