import { Fault } from '../../model/fault.ts';
import { isJsonObject, type Json } from '../../model/json.ts';

/** Returns a JSON file as a module: the default export is the value, and each key is a named export. */
export function jsonModule(file: string, text: string): string {
  const keys = Object.keys(membersOf(parse(file, text))).filter((key) => key !== 'default');
  const names = keys.map((key, i) => `const k${i} = value[${JSON.stringify(key)}];\n`);
  const exported = keys.map((key, i) => `k${i} as ${JSON.stringify(key)}`);
  return `const value = JSON.parse(${JSON.stringify(text)});\n${names.join('')}export { value as default, ${exported.join(', ')} };\n`;
}

function membersOf(value: Json): object {
  return isJsonObject(value) ? value : {};
}

function parse(file: string, text: string): Json {
  try {
    // JSON.parse returns Json.
    return JSON.parse(text) as Json;
  } catch (cause) {
    const message = `not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw Fault.of([
      { code: 'DP3002', severity: 'error', message, at: { file, line: 1, column: 1 } },
    ]);
  }
}
