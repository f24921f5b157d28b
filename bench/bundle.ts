import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Returns the path of a file of the bundle, which is what users run; undefined, with a message, when it is missing or older than the sources. */
export function bundled(name: string): string | undefined {
  const file = join(root, 'dist', name);
  const built = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  const newest = Math.max(
    ...globSync(join(root, 'src/**/*.ts')).map((source) => statSync(source).mtimeMs),
  );
  if (built !== undefined && built > newest) return file;
  console.log(`dist/${name} is missing or older than the sources: \`make bundle\` makes it`);
  return undefined;
}
