/** Rules for variables that hold secrets. */
import { looksSecret } from '../../model/secrets.ts';
import type { Report } from '../yaml/report.ts';
import { quoted } from '../yaml/source.ts';
import { oneOrMoreAt, type YamlMap } from '../yaml/yaml-node.ts';

/** Warns of plain variables that are redacted because their names look like those of secrets. */
export function checkSecrets(root: YamlMap, report: Report): void {
  const secrets = new Set(oneOrMoreAt(root, 'secrets').map(({ value }) => value));
  for (const variable of oneOrMoreAt(root, 'env')) {
    const name = String(variable.value);
    if (secrets.has(name) || !looksSecret(name)) continue;
    const message = `${quoted(name)} is named like a secret, so its value is redacted although it stands under \`env:\``;
    report.warning('DP1012', message, variable, `move it: \`secrets: [${name}]\``);
  }
}
