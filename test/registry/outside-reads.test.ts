/** What the text of a module shows that it reads. */
import { expect, test } from 'vitest';
import { outsideReads } from '../../src/registry/modules/outside-reads.ts';

const told = (text: string): string[] =>
  outsideReads('/p/m.ts', text).map(({ is, name, at }) => `${is} ${name} ${at.line}:${at.column}`);

test.each([
  ['const a = process.env.TOKEN;', ['env TOKEN 1:11']],
  ["\n  process.env['TOKEN']", ['env TOKEN 2:3']],
  ['ctx.env.TOKEN ?? ctx.env?.ZONE', ['env TOKEN 1:1', 'env ZONE 1:18']],
  ['const { TOKEN, ZONE: zone = "a" } = process.env;', ['env TOKEN 1:7', 'env ZONE 1:7']],
  ['if (process.env.A === "x") {}', ['env A 1:5']],
  ["await readFile('data/in.csv', 'utf8')", ['file data/in.csv 1:7']],
  ['readFileSync("a.json")', ['file a.json 1:1']],
])('%s', (text, reads) => {
  expect(told(text)).toEqual(reads);
});

test.each([
  'process.env.TOKEN = "x"',
  '// process.env.TOKEN',
  '/* process.env.TOKEN\n readFile("x") */',
  'process.env[name]',
  'readFile(path)',
  'readFile(`${folder}/x`)',
  'const url = "http://x"; // process.env.TOKEN',
  'const { env } = process;',
  'import.meta.env.MODE',
])('nothing is said of %s', (text) => {
  expect(told(text)).toEqual([]);
});
