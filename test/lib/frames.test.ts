import { expect, test } from 'vitest';
import { frame, FrameReader } from '../../src/lib/frames.ts';

const PAYLOADS = [Buffer.from('one'), Buffer.alloc(0), Buffer.from('dp1\0'), Buffer.alloc(300, 7)];
const STREAM = Buffer.concat(PAYLOADS.map((payload) => frame(payload)));

test('frames are read from chunks that are cut anywhere', () => {
  for (let size = 1; size <= STREAM.length; size++) {
    const reader = new FrameReader();
    const payloads: Buffer[] = [];
    for (let from = 0; from < STREAM.length; from += size)
      expect(
        reader.read(STREAM.subarray(from, from + size), (payload) => payloads.push(payload)),
      ).toBe(true);
    expect(payloads).toEqual(PAYLOADS);
  }
});

test('a frame holds its parts one behind the other', () => {
  expect(frame(Buffer.from('ab'), Buffer.from('c'))).toEqual(frame(Buffer.from('abc')));
});

test('a payload does not change with the chunk that it came in', () => {
  const chunk = Buffer.from(frame(Buffer.from('mine')));
  const payloads: Buffer[] = [];
  new FrameReader().read(chunk, (payload) => payloads.push(payload));
  chunk.fill(0);
  expect(payloads).toEqual([Buffer.from('mine')]);
});

test('what is no frame is told at its first wrong byte, after the frames before it', () => {
  for (const foreign of ['x', 'dp2', 'hello world\n']) {
    const reader = new FrameReader();
    const payloads: Buffer[] = [];
    const chunk = Buffer.concat([STREAM, Buffer.from(foreign)]);
    expect(reader.read(chunk, (payload) => payloads.push(payload))).toBe(false);
    expect(payloads).toEqual(PAYLOADS);
  }
});
