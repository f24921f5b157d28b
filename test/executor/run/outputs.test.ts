import { describe, expect, test } from 'vitest';
import { Outputs } from '../../../src/executor/run/outputs.ts';
import type { ResultRef } from '../../../src/model/result.ts';

const ref = (task: string): ResultRef => ({
  is: 'value',
  run: 'r',
  task,
  id: '1',
  bytes: 1,
  digest: `digest of ${task}`,
});

describe('outputs', () => {
  test('are arguments by reference, with the stored form of small ones beside it', () => {
    const outputs = new Outputs();
    const inline = new Uint8Array([1, 2]);
    outputs.set('large', ref('large'));
    outputs.set('small', ref('small'), inline);
    expect(outputs.argument('large')).toEqual({ is: 'result', ref: ref('large') });
    expect(outputs.argument('small')).toEqual({ is: 'result', ref: ref('small'), inline });
  });

  test('of a task that gave nothing are undefined', () => {
    const outputs = new Outputs();
    outputs.set('nothing', { is: 'void' });
    expect(outputs.argument('nothing')).toEqual({ is: 'value', value: undefined });
    expect(outputs.argument('skipped')).toEqual({ is: 'value', value: undefined });
    expect(outputs.get('nothing')).toEqual({ is: 'void' });
    expect(outputs.get('skipped')).toBeUndefined();
  });

  test('ride along up to 64 MiB in all; then the oldest are read from the store', () => {
    const outputs = new Outputs();
    const mebibyte = new Uint8Array(1024 * 1024);
    for (let i = 0; i < 65; i++) outputs.set(`t${i}`, ref(`t${i}`), mebibyte);
    expect(outputs.argument('t0')).toEqual({ is: 'result', ref: ref('t0') });
    expect(outputs.argument('t1')).toHaveProperty('inline');
    expect(outputs.argument('t64')).toHaveProperty('inline');
  });

  test('that are set again take the place of the earlier', () => {
    const outputs = new Outputs();
    const half = new Uint8Array(32 * 1024 * 1024);
    for (let i = 0; i < 5; i++) outputs.set('again', ref('again'), half);
    outputs.set('other', ref('other'), half);
    expect(outputs.argument('again')).toHaveProperty('inline');
  });
});
