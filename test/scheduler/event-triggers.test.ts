import { beforeEach, describe, expect, test } from 'vitest';
import type { TriggerDefinition } from '../../src/model/trigger-definition.ts';
import { pause, resume } from '../../src/scheduler/control.ts';
import { LoopRig, MINUTE, onEvents } from './loop-rig.ts';

let rig: LoopRig;

beforeEach(async () => {
  rig = new LoopRig();
  await rig.loop.start();
});

const SECOND = 1_000;
const queued = (): number => rig.store.queue.waiting();

/** Firings of the ledger, in their order. */
const firings = (): string[] =>
  rig.store.ledger
    .ticks({ trigger: 'p/t' })
    .toReversed()
    .map(({ firing, verdict }) => `${firing} ${verdict.outcome}`)
    .toSorted();

describe('a trigger that waits for events', () => {
  test('decides each that matches once, from where it was first seen', async () => {
    rig.publish('data.before');
    await rig.define(onEvents());
    rig.publish('data.a');
    rig.publish('other');
    rig.publish('data.b');
    rig.clock.pass(SECOND);
    rig.clock.pass(MINUTE);
    expect(firings()).toEqual(['event 2 fired', 'event 4 fired']);
    expect(queued()).toBe(2);
  });

  test('takes several in one run, which wait for each other a while', async () => {
    await rig.define(onEvents({ batch: { max: 3, wait: 10 } }));
    for (const name of ['a', 'b', 'c', 'd']) rig.publish(`data.${name}`);
    rig.clock.pass(SECOND);
    expect(firings()).toEqual(['event 3 fired']);
    rig.clock.pass(12 * SECOND);
    expect(firings()).toEqual(['event 3 fired', 'event 4 fired']);
  });

  test('loses none while an earlier run goes on', async () => {
    await rig.define(onEvents({ overlap: { mode: 'skip' } }));
    rig.publish('data.a');
    rig.publish('data.b');
    rig.clock.pass(SECOND);
    expect(queued()).toBe(1);
    rig.end(rig.begin() ?? '');
    rig.clock.pass(SECOND);
    expect(firings()).toEqual(['event 1 fired', expect.stringMatching(/^event \d+ fired$/)]);
    expect(queued()).toBe(1);
  });

  test('loses none while it is paused, nor while no loop runs', async () => {
    await rig.define(onEvents());
    await pause('p/t', { author: 'ann' }, rig.control);
    rig.publish('data.a');
    rig.clock.pass(SECOND);
    expect(firings()).toEqual([]);
    rig.loop.stop();
    await resume('p/t', rig.control);
    rig.publish('data.b');
    rig.loop = rig.newLoop();
    await rig.loop.start();
    expect(firings()).toEqual(['event 1 fired', 'event 2 fired']);
  });

  test('does not fire for what is told of the runs that it starts', async () => {
    await rig.define(onEvents({ pattern: '**' }));
    rig.publish('data.a');
    rig.clock.pass(SECOND);
    const run = rig.begin() ?? '';
    rig.clock.pass(SECOND);
    rig.end(run);
    rig.clock.pass(MINUTE);
    expect(firings()).toEqual(['event 1 fired']);
  });
});

const after = (on: 'succeeded' | 'failed' | 'ended'): TriggerDefinition => {
  const { spec, ...definition } = onEvents();
  const { at, name, params, overlap } = spec;
  const pipeline = { value: 'p', at };
  return {
    ...definition,
    trigger: 'q/t',
    pipeline: 'q',
    spec: { is: 'pipeline', after: pipeline, on, at, name, params, overlap },
  };
};

describe('a trigger after another pipeline', () => {
  test.for([
    ['succeeded', 1],
    ['ended', 1],
    ['failed', 0],
  ] as const)('fires when its run has %s', async ([on, runs]) => {
    await rig.define(onEvents(), after(on));
    rig.publish('data.a');
    rig.clock.pass(SECOND);
    rig.end(rig.begin() ?? '');
    rig.clock.pass(SECOND);
    expect(rig.store.ledger.ticks({ trigger: 'q/t' })).toHaveLength(runs);
  });
});
