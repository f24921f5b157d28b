import { expect, test } from 'vitest';
import {
  type Beat,
  BEAT_EVERY_MS,
  isAlive,
  isVisible,
  type ProcessTable,
  type Sighting,
  thisMachine,
  thisProcess,
} from '../../src/store/process-identity.ts';
import { testNeeding } from '../test-needing.ts';

const machine = (processes: Record<number, Sighting>, bootId: string | undefined = 'boot 1') =>
  ({
    host: 'here',
    bootId,
    pidNamespace: undefined,
    now: { at: 0, uptimeMs: 0 },
    look: (pid) => processes[pid] ?? { is: 'gone' },
  }) as const satisfies ProcessTable;

const owner = { pid: 5, startTime: '100', bootId: 'boot 1', host: 'here' };

test('a process is alive while its number and its start agree', () => {
  expect(isAlive(owner, undefined, machine({ 5: { is: 'there', startTime: '100' } }))).toBe(true);
});

test('a later process with the same number is another one', () => {
  expect(isAlive(owner, undefined, machine({ 5: { is: 'there', startTime: '101' } }))).toBe(false);
});

test('a process that is not there is gone', () => {
  expect(isAlive(owner, undefined, machine({}))).toBe(false);
});

test('nothing outlives a restart of the machine', () => {
  expect(
    isAlive(owner, undefined, machine({ 5: { is: 'there', startTime: '100' } }, 'boot 2')),
  ).toBe(false);
});

test('a process of another host counts as alive', () => {
  expect(isAlive({ ...owner, host: 'elsewhere' }, undefined, machine({}))).toBe(true);
});

test('what the system does not tell counts for alive', () => {
  const { startTime: _, ...ownerWithoutStart } = owner;
  expect(isAlive(owner, undefined, machine({ 5: { is: 'there' } }))).toBe(true);
  expect(
    isAlive(ownerWithoutStart, undefined, machine({ 5: { is: 'there', startTime: '1' } })),
  ).toBe(true);
  expect(isAlive(owner, undefined, { ...machine({ 5: { is: 'there' } }), bootId: undefined })).toBe(
    true,
  );
});

test('this process is alive, and says so the same way each time', () => {
  expect(isAlive(thisProcess())).toBe(true);
  expect(thisProcess()).toStrictEqual(thisProcess());
  expect(thisProcess().pid).toBe(process.pid);
});

test('a number that no process has is gone', () => {
  expect(thisMachine().look(2 ** 22 + 1)).toStrictEqual({ is: 'gone' });
});

testNeeding('Linux', process.platform === 'linux')(
  'on Linux start, boot and namespace are known',
  () => {
    expect(thisProcess()).toMatchObject({
      startTime: expect.stringMatching(/^\d+$/),
      bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      pidNamespace: expect.stringMatching(/^pid:\[\d+\]$/),
    });
  },
);

const contained = { ...owner, pidNamespace: 'pid:[2]' };
const outside = (now: Beat): ProcessTable => ({
  ...machine({ 5: { is: 'there', startTime: '100' } }),
  pidNamespace: 'pid:[1]',
  now,
});
const HOUR = 3_600_000;

test('equal namespaces of one boot are looked into, whatever the host is called', () => {
  const inside = { ...machine({}), pidNamespace: 'pid:[2]', host: 'renamed' };
  const longAgo = { at: -HOUR, uptimeMs: -HOUR };
  expect(isAlive(contained, { at: 0, uptimeMs: 0 }, inside)).toBe(false);
  expect(
    isAlive(contained, longAgo, { ...inside, look: () => ({ is: 'there', startTime: '100' }) }),
  ).toBe(true);
});

test('a process of another namespace lives while it beats, whatever has its number here', () => {
  const last = { at: HOUR, uptimeMs: HOUR };
  const after = (ms: number) => outside({ at: HOUR + ms, uptimeMs: HOUR + ms });
  expect(isAlive(contained, last, after(6 * BEAT_EVERY_MS - 1))).toBe(true);
  expect(isAlive(contained, last, after(6 * BEAT_EVERY_MS))).toBe(false);
  expect(isAlive(contained, undefined, after(HOUR))).toBe(true);
});

test('a calendar clock that is set ends nobody', () => {
  const last = { at: HOUR, uptimeMs: HOUR };
  expect(isAlive(contained, last, outside({ at: 900 * HOUR, uptimeMs: HOUR + 1 }))).toBe(true);
  expect(isAlive(contained, last, outside({ at: 0, uptimeMs: HOUR + 1 }))).toBe(true);
});

test('on another host only the calendar clock is comparable, and is given more time', () => {
  const elsewhere = { ...contained, bootId: 'boot 2', host: 'elsewhere' };
  const last = { at: HOUR, uptimeMs: HOUR };
  const after = (ms: number) => outside({ at: HOUR + ms, uptimeMs: HOUR });
  expect(isAlive(elsewhere, last, after(12 * BEAT_EVERY_MS))).toBe(true);
  expect(isAlive(elsewhere, last, after(HOUR))).toBe(false);
});

test('the number of a process means something in its own namespace only', () => {
  expect(isVisible(contained, outside({ at: 0, uptimeMs: 0 }))).toBe(false);
  expect(
    isVisible({ ...contained, pidNamespace: 'pid:[1]' }, outside({ at: 0, uptimeMs: 0 })),
  ).toBe(true);
  expect(isVisible(owner, machine({}))).toBe(true);
});
