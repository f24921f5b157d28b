/** What the README shows of the examples stands in them, word for word. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const readme = join(import.meta.dirname, '../../src/library/README.md');
const shown = [
  ...readFileSync(readme, 'utf8').matchAll(
    /\[[\w-]+\.ts\]\((?<file>[^)]+)\)[^`]*?(?:`[^`]+`[^`]*?)*```ts\n(?<code>[\s\S]*?)```/g,
  ),
].map(({ groups = {} }) => ({ file: groups['file'] ?? '', code: groups['code'] ?? '' }));

test('the README shows a part of eight examples', () => {
  expect(new Set(shown.map(({ file }) => file)).size).toBe(8);
});

test.for(shown)('$file has what the README shows of it', ({ file, code }) => {
  expect(readFileSync(join(dirname(readme), file), 'utf8')).toContain(code);
});
