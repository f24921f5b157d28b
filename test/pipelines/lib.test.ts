import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inChunks } from '../../pipelines/lib/chunks.ts';
import { countOf, percentile } from '../../pipelines/lib/counts.ts';
import { csvRecords, csvText } from '../../pipelines/lib/csv.ts';
import { decimals } from '../../pipelines/lib/exact.ts';
import { html } from '../../pipelines/lib/html.ts';
import { jsonRows } from '../../pipelines/lib/json-rows.ts';
import { bar, sparkline } from '../../pipelines/lib/text-chart.ts';
import { textTable } from '../../pipelines/lib/text-table.ts';

describe('decimals', () => {
  test.for<
    [numerator: number | bigint, denominator: number | bigint, places: number, text: string]
  >([
    [1, 3, 3, '0.333'],
    [2, 3, 3, '0.667'],
    [1, 8, 2, '0.13'],
    [-1, 8, 2, '-0.13'],
    [1005, 1000, 2, '1.01'],
    [-1, 3000, 2, '0.00'],
    [5, 2, 0, '3'],
    [10n ** 30n, 3n, 1, '333333333333333333333333333333.3'],
  ])('%d / %d to %d places is %s', ([numerator, denominator, places, text]) => {
    expect(decimals(numerator, denominator, places)).toBe(text);
  });

  test('refuses what is no integer, and division by zero', () => {
    expect(() => decimals(0.5, 1, 2)).toThrow(RangeError);
    expect(() => decimals(1, 0, 2)).toThrow(RangeError);
  });
});

describe('percentile', () => {
  test('is the nearest rank of the sorted values', () => {
    const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), (numbers, percent) => {
        const rank = Math.ceil((percent * numbers.length) / 100);
        const sorted = numbers.toSorted((a, b) => a - b);
        expect(percentile(countOf(numbers), percent)).toBe(sorted[rank - 1]);
      }),
    );
  });

  test('of no values is an error', () => {
    expect(() => percentile(new Map(), 50)).toThrow('there is no 50th percentile of 0 values');
  });
});

describe('jsonRows', () => {
  test('gives the rows of any array, wherever the text is cut', async () => {
    const rows = fc.array(fc.dictionary(fc.string(), fc.jsonValue()));
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        async (given, size, spread) => {
          const text = ` ${JSON.stringify(given, null, spread ? 2 : 0)}\n`;
          expect(await Array.fromAsync(jsonRows(cut(text, size)))).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  test.for([
    ['', 'the array breaks off after row 0'],
    ['{"a":1}', 'the text is not a JSON array'],
    ['[{"a":1},{"a":', 'the array breaks off after row 1'],
    ['[{"a":1}', 'the array breaks off after row 0'],
    ['[{"a":1},]', 'row 2 of the array is not JSON'],
    ['[{"a":1},,{"a":2}]', 'row 2 of the array is not JSON'],
    ['[{"a":1}] []', 'row 1 of the array is not JSON'],
    ['[{"a":1},2]', 'row 2 of the array is not an object'],
  ])('says where %s is wrong', async ([text, message]) => {
    await expect(Array.fromAsync(jsonRows(cut(text!, 3)))).rejects.toThrow(message);
  });
});

describe('csv', () => {
  test('what is written is read again, wherever the text is cut', async () => {
    const fields = fc.tuple(
      fc.stringMatching(/^[a-z",\n ]{0,5}$/),
      fc.stringMatching(/^[x",]{1,4}$/),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fields), fc.integer({ min: 1, max: 5 }), async (rows, size) => {
        const text = csvText(['a', 'b'], rows);
        const records = await Array.fromAsync(csvRecords(cut(text, size)));
        expect(records).toEqual(rows.map(([a, b]) => ({ a, b })));
      }),
    );
  });

  test('lines may end in CRLF, and the last one in nothing', async () => {
    const records = csvRecords(cut('a,b\r\n1,"2,\r\n3"\r\n4,5', 1));
    expect(await Array.fromAsync(records)).toEqual([
      { a: '1', b: '2,\r\n3' },
      { a: '4', b: '5' },
    ]);
  });

  test('a row of another width is an error that names it', async () => {
    await expect(Array.fromAsync(csvRecords(cut('a,b\n1,2\n3\n', 4)))).rejects.toThrow(
      'row 3 has 1 fields, the header has 2',
    );
  });

  test('an open quote is an error', async () => {
    await expect(Array.fromAsync(csvRecords(cut('a\n"1', 4)))).rejects.toThrow(
      'ends inside a quoted field',
    );
  });
});

test('chunks hold what they are given, in order', async () => {
  expect(await Array.fromAsync(inChunks(cut('abcde', 1), 2))).toEqual([
    ['a', 'b'],
    ['c', 'd'],
    ['e'],
  ]);
  expect(await Array.fromAsync(inChunks(cut('', 1), 2))).toEqual([]);
});

test('a reader that stops early releases the source', async () => {
  let closed = false;
  async function* source(): AsyncGenerator<string> {
    try {
      yield '[{"a":1},{"a":2},{"a":3}';
      yield ',{"a":4}]';
    } finally {
      closed = true;
    }
  }
  for await (const chunk of inChunks(jsonRows(source()), 2)) {
    expect(chunk).toEqual([{ a: 1 }, { a: 2 }]);
    break;
  }
  expect(closed).toBe(true);
});

test('a table is as wide as its widest cells', () => {
  const table = textTable(
    [
      { name: 'Kö', n: 5 },
      { name: 'Longer', n: 1000 },
    ],
    [
      { heading: 'Name', cell: ({ name }) => name },
      { heading: 'N', align: 'right', cell: ({ n }) => String(n) },
    ],
  );
  expect(table.split('\n')).toEqual([
    'Name       N',
    '──────  ────',
    'Kö         5',
    'Longer  1000',
  ]);
});

test('a bar is exact to the eighth of a character', () => {
  expect(bar(10, 10, 3)).toBe('███');
  expect(bar(5, 10, 3)).toBe('█▌');
  expect(bar(0.001, 10, 3)).toBe('▏');
  expect(bar(0, 10, 3)).toBe('');
  expect(bar(-1, 10, 3)).toBe('');
});

test('a sparkline goes from the lowest value to the highest', () => {
  expect(sparkline([-1, 0, 1])).toBe('▁▅█');
  expect(sparkline([4, 4])).toBe('▁▁');
  expect(sparkline([])).toBe('');
});

test('text put into HTML is escaped, HTML put into HTML is not', () => {
  const inner = html`<b title="${'"'}">${'<&>'}</b>`;
  expect(html`<p>${[inner, inner]} ${1}</p>`.html).toBe(
    '<p><b title="&#34;">&#60;&#38;&#62;</b>\n<b title="&#34;">&#60;&#38;&#62;</b> 1</p>',
  );
});

async function* cut(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}
