import { expect, test } from 'vitest';
import { KeptText } from '../../../src/executor/workers/kept-text.ts';

function kept(...chunks: readonly Buffer[]): { text: string; isReplaced: boolean } {
  const stream = new KeptText();
  for (const chunk of chunks) stream.add(chunk);
  stream.end();
  const { text, isReplaced } = stream;
  return { text, isReplaced };
}

const WHOLE = Buffer.from('a é 🎈 \uFFFD e');

test('a text that is UTF-8 is kept as it is, wherever its chunks are cut', () => {
  for (let at = 0; at <= WHOLE.length; at++)
    expect(kept(WHOLE.subarray(0, at), WHOLE.subarray(at))).toEqual({
      text: WHOLE.toString(),
      isReplaced: false,
    });
});

test.each([
  ['single bytes', [Buffer.from('caf\u00E9;\u00FF', 'latin1')]],
  ['a character that is cut short', [Buffer.from([0x61, 0xf0, 0x9f, 0x8e])]],
  ['beside the replacement character itself', [Buffer.from([0xef, 0xbf, 0xbd, 0xff])]],
  ['in another chunk', [Buffer.from('fine'), Buffer.from([0xfe])]],
])('bytes that are no UTF-8 are told: %s', (_what, chunks) => {
  expect(kept(...chunks)).toMatchObject({ isReplaced: true });
});

test('a chunk that is one byte of a character at a time is no damage', () => {
  expect(kept(...Array.from(WHOLE, (byte) => Buffer.of(byte)))).toMatchObject({
    isReplaced: false,
  });
});
