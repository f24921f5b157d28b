/** For the tasks of tests: places to meet, so that what runs side by side is known and not guessed. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const file = (name: string): string => join(import.meta.dirname, name);

/** Says that someone is there. */
export const arrive = (name: string): void => writeFileSync(file(name), '');

/** Waits until someone is. */
export async function until(name: string): Promise<void> {
  while (!existsSync(file(name))) await sleep(2);
}

export const note = (line: string): void => appendFileSync(file('notes'), `${line}\n`);

export const notes = (): string[] =>
  existsSync(file('notes')) ? readFileSync(file('notes'), 'utf8').split('\n').slice(0, -1) : [];
