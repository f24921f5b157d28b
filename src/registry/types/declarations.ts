/** Returns the public declarations as text, so that `import { task } from 'dp'` type-checks where only the binary is installed. */
import { readFileSync } from 'node:fs';
import { aboutWithDefault, type Fields } from '../../model/fields.ts';
import { CACHE, inCode, RETRY, SETTINGS } from '../../model/settings.ts';

/**
 * Returns a declaration file with the same meaning as `../authoring/task-modules.ts`: its statements are those of the sources.
 * With `untyped: 'any'` parameters without a type are `any` instead of an error: plain JavaScript is checked as far as it says something.
 */
export function dpDeclarations(untyped: 'never' | 'any' = 'never'): string {
  const statements = [
    ...sources().flatMap(declarationsIn),
    interfaceText('SettingOptions', SETTINGS),
    interfaceText('RetryOptions', RETRY),
    interfaceText('ReuseOptions', CACHE),
  ];
  return `${statements.join('\n\n')}\n`.replace('(params: never,', `(params: ${untyped},`);
}

/** Sources whose exported types and classes are all public. The build of the bundle replaces these calls with the texts. */
const sources = (): readonly string[] => [
  readFileSync(new URL('../authoring/task.ts', import.meta.url), 'utf8'),
  readFileSync(new URL('../authoring/task-def.ts', import.meta.url), 'utf8'),
  readFileSync(new URL('../authoring/task-options.ts', import.meta.url), 'utf8'),
  readFileSync(new URL('../authoring/task-context.ts', import.meta.url), 'utf8'),
  readFileSync(new URL('../authoring/task-errors.ts', import.meta.url), 'utf8'),
  readFileSync(new URL('../../model/json.ts', import.meta.url), 'utf8'),
  readFileSync(new URL('../../model/duration.ts', import.meta.url), 'utf8'),
];

/** Returns the exported types, classes and overloads of a formatted source, each with its comment. */
function declarationsIn(source: string): readonly string[] {
  const statements = source.trim().split(/\n+(?=[^\s})\]>])/);
  return statements.flatMap((statement, place) => {
    const [, kind] = /^export (type|interface|class|function) \w/.exec(statement) ?? [];
    // A function that has a body is its implementation.
    if (kind === undefined || (kind === 'function' && !statement.endsWith(';'))) return [];
    const comment = statements[place - 1]?.startsWith('/**') ? `${statements[place - 1]}\n` : '';
    const isTypeOnly = kind === 'type' || kind === 'interface';
    return [comment + (isTypeOnly ? statement : statement.replace('export', 'export declare'))];
  });
}

function interfaceText(name: string, fields: Fields): string {
  const members = Object.entries(fields).map(([key, field]) => {
    const type = field.default === null ? `${field.kind.type} | null` : field.kind.type;
    return `  /** ${inCode(aboutWithDefault(field))} */\n  readonly ${key}?: ${type};\n`;
  });
  return `export interface ${name} {\n${members.join('')}}`;
}
