import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readAnyYaml } from '../../../src/config/yaml/any-yaml.ts';
import { readPlainYaml } from '../../../src/config/yaml/plain-yaml.ts';
import { Report } from '../../../src/config/yaml/report.ts';
import { SourceText } from '../../../src/config/yaml/source.ts';

/** What the library makes of a text; undefined when it has anything to say against it. */
async function byLibrary(text: string): Promise<unknown> {
  const report = new Report(new SourceText('/p.yaml', text));
  const root = await readAnyYaml(report);
  return report.diagnostics.length > 0 ? undefined : root;
}

/** Holds for every text: the short way agrees with the library, or leaves the text to it. */
async function agrees(text: string): Promise<boolean> {
  const plain = readPlainYaml(text);
  return plain === undefined || isDeepStrictEqual(plain, await byLibrary(text));
}

/** The smallest text found on which they do not agree. */
async function disagreement(texts: fc.Arbitrary<string>, numRuns: number): Promise<unknown> {
  const { counterexample } = await fc.check(fc.asyncProperty(texts, agrees), { numRuns });
  return counterexample?.[0];
}

/** Mostly harmless, now and then a trap. */
const word = fc.oneof(
  fc.stringMatching(/^[a-z_][\w.-]{0,8}$/),
  fc.stringMatching(/^[\w./:#@ '-]{1,9}$/),
);

const PIPELINE = `name: flights   # a comment
description: "Delays by \\"airline\\" and month."
modules: [./flights.ts, 'it''s.ts']
params:
  year: { type: integer, minimum: 1987, default: 2001 }

  # of the source
  source: { type: string,
    default: http://x.y/z?a=b#c }
env:
- DATA_TOKEN
tasks:
  download:
  clean:
    needs: [download, ]
    with: { a: [1, -2.5, true, ~, null, x y], b: {}, c: [] }
  publish:
    run: |
      set -e
      if true; then

        echo "a: b # c"
      fi

    needs:
      - clean
      -   download
triggers:
  - cron: "0 3 * * *"
    catchup: last
  -
    event: data.*.arrived
  - - nested
    - list
`;

describe('the short way of reading YAML', () => {
  test('takes a pipeline as people write it', async () => {
    expect(readPlainYaml(PIPELINE)).toBeDefined();
    expect(readPlainYaml(PIPELINE)).toEqual(await byLibrary(PIPELINE));
  });

  test.each([
    ['an alias', 'a: &x 1\nb: *x\n'],
    ['a tag', 'a: !t 1\n'],
    ['a duplicate key', 'a: 1\na: 2\n'],
    ['a key that pollutes', '__proto__: 1\n'],
    ['a merge key', '<<: 1\n'],
    ['a number that would be rounded', 'a: 9007199254740993\n'],
    ['an infinite number', 'a: 1e999\n'],
    ['an octal number', 'a: 0o17\n'],
    ['a text over two lines', 'a: b\n  c\n'],
    ['a quoted text over two lines', 'a: "b\n  c"\n'],
    ['a folded text', 'a: >\n  b\n'],
    ['a tab', 'a:\tb\n'],
    ['a second document', 'a: 1\n---\nb: 2\n'],
    ['an explicit key', '? a\n: b\n'],
    ['a mapping that begins twice', 'a: b: c\n'],
    ['text behind a quote', 'a: "b" c\n'],
    ['a bracket that is never closed', 'a: [b\n'],
    ['deep nesting', `a: ${'['.repeat(500)}${']'.repeat(500)}\n`],
    ['an empty file', ''],
    ['a list at the top', '- a\n'],
  ])('leaves %s to the library', (_what, text) => {
    expect(readPlainYaml(text)).toBeUndefined();
  });

  test('agrees with the library on whatever the library writes', async () => {
    const scalar = fc.oneof(word, word, fc.integer(), fc.boolean(), fc.constant(null), fc.double());
    const { map } = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie('any'), { maxLength: 3 }), tie('map')),
      map: fc.dictionary(word, tie('any'), { minKeys: 1, maxKeys: 4 }),
    }));
    const options = fc.record({
      indent: fc.integer({ min: 1, max: 4 }),
      indentSeq: fc.boolean(),
      lineWidth: fc.constantFrom(0, 40),
      collectionStyle: fc.constantFrom('any' as const, 'block' as const, 'flow' as const),
    });
    const written = fc.tuple(map, options).map(([data, style]) => stringify(data, style));
    expect(await disagreement(written, 500)).toBeUndefined();
  });

  test('agrees with the library on texts that went wrong somewhere', async () => {
    const piece = fc.constantFrom(
      ...' \n\n:-#"\'[]{},|>&*!%@?ax01.~\\'.split(''),
      '  ',
      '\n  ',
      '\n- ',
      ': ',
      ' #',
      '- ',
      '---\n',
      '|\n',
      '|-\n',
      'null',
      '1e3',
      '0x1F',
      '$',
    );
    const change = fc.record({
      at: fc.nat({ max: PIPELINE.length }),
      remove: fc.nat({ max: 6 }),
      insert: fc.array(piece, { maxLength: 3 }),
    });
    const wrong = fc
      .array(change, { minLength: 1, maxLength: 3 })
      .map((changes) =>
        changes.reduce(
          (text, { at, remove, insert }) =>
            text.slice(0, at) + insert.join('') + text.slice(at + remove),
          PIPELINE,
        ),
      );
    expect(await disagreement(wrong, 1500)).toBeUndefined();
  });

  test('agrees with the library on soups of indicators', async () => {
    const piece = fc.constantFrom(
      'a',
      'b: ',
      'c:',
      '\n',
      '\n  ',
      '\n    ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ', ',
      '"',
      "'",
      ' ',
      '#',
      '|\n',
      '1',
      'x y',
      ':',
      '-',
      '.5',
      'true',
    );
    const soup = fc.array(piece, { maxLength: 14 }).map((pieces) => `a: ${pieces.join('')}`);
    expect(await disagreement(soup, 3000)).toBeUndefined();
  });
});
