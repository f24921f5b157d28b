import { existsSync, readFileSync } from 'node:fs';

const FILE = new URL('../../../shared/cases/etl/expected.json', import.meta.url);

/** Whether the figures computed outside this project are at hand; the tests have a copy of the main ones. */
export const hasExpected = existsSync(FILE);

/** The figures of one pipeline, as that other program gave them. */
export function expectedFigures(pipeline: string): Record<string, unknown> {
  const all = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Record<string, unknown>>;
  return all[pipeline] ?? {};
}
