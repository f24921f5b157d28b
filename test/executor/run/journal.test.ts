import { expect, test } from 'vitest';
import { Journal } from '../../../src/executor/run/journal.ts';
import type { RunRecords } from '../../../src/executor/run/ports.ts';
import { Redaction } from '../../../src/executor/worker/redaction.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import type { RecordedEvent } from '../../../src/model/event.ts';

/** What the store keeps and the broker tells of a run with these secrets. */
function recordedBy(secrets: readonly string[], act: (journal: Journal) => void): unknown[] {
  const kept: RecordedEvent[] = [];
  const told: unknown[] = [];
  const store = {
    append: (_: string, events: readonly RecordedEvent[]) => kept.push(...events),
    // A cast: nothing else of it is used.
  } as unknown as RunRecords;
  const broker = { publish: (_: string, event: unknown) => void told.push(event) };
  const redaction = new Redaction(secrets);
  const journal = new Journal('run', 1, { store, broker, clock: systemClock, redaction });
  act(journal);
  journal.commit();
  expect(told).toEqual(kept);
  return kept.map(({ topic, data }) => [topic, data]);
}

test('no secret is recorded with an error, published data or the parameters of the run', () => {
  const error = { name: 'Error', message: 'no tops3cret here', code: 'tops3cret' };
  const failed = { reason: 'failed', durationMs: 1, error } as const;
  const started = {
    pipeline: 'p',
    planId: '0',
    file: 'p.yaml',
    params: { key: 'tops3cret', pin: 98765432, n: 1 },
    tasks: 1,
    owner: { pid: 1, host: 'here' },
  };
  const recorded = recordedBy(['tops3cret', '98765432'], (journal) => {
    journal.record('run.started', started);
    journal.record('run.task.failed', failed, { task: 'a' });
    journal.publish('data.arrived', { tops3cret: [98765432] }, { task: 'a' });
  });
  expect(recorded).toEqual([
    ['run.started', { ...started, params: { key: '***', pin: '***', n: 1 } }],
    ['run.task.failed', { ...failed, error: { ...error, message: 'no *** here', code: '***' } }],
    ['data.arrived', { '***': ['***'] }],
  ]);
});

test('a progress that is a secret is not recorded', () => {
  const recorded = recordedBy(['98765432'], (journal) => {
    for (const [done, total] of [
      [98765432, null],
      [1, 98765432],
      [1, 2],
    ] as const)
      journal.record('run.task.progress', { done, total }, { task: 'a' });
  });
  expect(recorded).toEqual([['run.task.progress', { done: 1, total: 2 }]]);
});
