import { expect, test } from 'vitest';
import {
  isAlive,
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
    look: (pid) => processes[pid] ?? { is: 'gone' },
  }) as const satisfies ProcessTable;

const owner = { pid: 5, startTime: '100', bootId: 'boot 1', host: 'here' };

test('a process is alive while its number and its start agree', () => {
  expect(isAlive(owner, machine({ 5: { is: 'there', startTime: '100' } }))).toBe(true);
});

test('a later process with the same number is another one', () => {
  expect(isAlive(owner, machine({ 5: { is: 'there', startTime: '101' } }))).toBe(false);
});

test('a process that is not there is gone', () => {
  expect(isAlive(owner, machine({}))).toBe(false);
});

test('nothing outlives a restart of the machine', () => {
  expect(isAlive(owner, machine({ 5: { is: 'there', startTime: '100' } }, 'boot 2'))).toBe(false);
});

test('a process of another host counts as alive', () => {
  expect(isAlive({ ...owner, host: 'elsewhere' }, machine({}))).toBe(true);
});

test('what the system does not tell counts for alive', () => {
  const { startTime: _, ...ownerWithoutStart } = owner;
  expect(isAlive(owner, machine({ 5: { is: 'there' } }))).toBe(true);
  expect(isAlive(ownerWithoutStart, machine({ 5: { is: 'there', startTime: '1' } }))).toBe(true);
  expect(isAlive(owner, { ...machine({ 5: { is: 'there' } }), bootId: undefined })).toBe(true);
});

test('this process is alive, and says so the same way each time', () => {
  expect(isAlive(thisProcess())).toBe(true);
  expect(thisProcess()).toStrictEqual(thisProcess());
  expect(thisProcess().pid).toBe(process.pid);
});

test('a number that no process has is gone', () => {
  expect(thisMachine().look(2 ** 22 + 1)).toStrictEqual({ is: 'gone' });
});

testNeeding('Linux', process.platform === 'linux')('on Linux start and boot are known', () => {
  expect(thisProcess()).toMatchObject({
    startTime: expect.stringMatching(/^\d+$/),
    bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});
