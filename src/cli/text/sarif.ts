/** Diagnostics as SARIF 2.1.0, which code scanners and editors read. */
import { relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Diagnostic, Place } from '../../model/diagnostic.ts';
import { CATALOGUE } from '../../model/fault.ts';
import { VERSION } from '../../version.ts';
import { explanationOf, hintText } from './hint.ts';

/** `base`: paths below this folder are written relative to it, as `%SRCROOT%`. */
export function sarifText(diagnostics: readonly Diagnostic[], base: string): string {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].toSorted();
  const rules = codes.map((id) => ({
    id,
    shortDescription: { text: CATALOGUE[id].title },
    fullDescription: { text: explanationOf(id) },
  }));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'dp', version: VERSION, rules } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { '%SRCROOT%': { uri: `${pathToFileURL(base).href}/` } },
        results: diagnostics.map((diagnostic) => result(diagnostic, codes, base)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function result(
  { code, severity, message, at, hint, related }: Diagnostic,
  codes: readonly string[],
  base: string,
): object {
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: hint === undefined ? message : `${message}\nhint: ${hintText(hint)}` },
    ...(at === undefined || at.file.startsWith('<')
      ? {}
      : { locations: [{ physicalLocation: location(at, base) }] }),
    ...(related === undefined
      ? {}
      : {
          relatedLocations: related.map(({ message: text, at: place }, id) => ({
            id,
            message: { text },
            physicalLocation: location(place, base),
          })),
        }),
  };
}

function location({ file, line, column, end }: Place, base: string): object {
  const path = relative(base, file);
  const artifactLocation = path.startsWith('..')
    ? { uri: pathToFileURL(file).href }
    : { uri: encodeURI(path.split(sep).join('/')), uriBaseId: '%SRCROOT%' };
  return {
    artifactLocation,
    region: {
      startLine: line,
      startColumn: column,
      ...(end === undefined ? {} : { endLine: end.line, endColumn: end.column }),
    },
  };
}
