import { afterAll, beforeAll, expect, test } from 'vitest';
import { Project } from './rig.ts';

let project: Project;

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

beforeAll(() => {
  project = new Project({
    'pipelines/p.yaml': `name: p
tasks: { a: { run: "true" } }
triggers:
  - { name: nightly, cron: 0 3 * * * }
`,
  });
});

afterAll(() => {
  project[Symbol.dispose]();
});

test('a trigger is listed, fired, paused and resumed, and its ledger is printed', async () => {
  const listed = await project.ok('schedule', 'list', '--json');
  expect(listed.json.triggers).toEqual([
    {
      trigger: 'p/nightly',
      pipeline: 'p',
      kind: 'cron',
      spec: 'cron 0 3 * * *',
      state: 'armed',
      next: TIME,
      last: null,
    },
  ]);
  const fired = await project.ok('schedule', 'fire', 'p/nightly', '--json');
  const { runId } = fired.json;
  expect(fired.json.tick).toMatchObject({ trigger: 'p/nightly', outcome: 'fired', runId });
  const again = await project.dp('schedule', 'fire', 'p/nightly');
  expect(again).toMatchObject({ code: 6, out: '' });
  expect(again.err).toBe(`skipped_overlap: run ${runId} of the trigger had not ended\n`);

  await project.ok('schedule', 'pause', 'p/nightly', '--note', 'the source moves');
  const paused = await project.ok('schedule', 'list', '--json');
  expect(paused.json.triggers).toMatchObject([
    { state: 'paused', note: 'the source moves', last: { at: TIME, outcome: 'skipped_overlap' } },
  ]);
  const resumed = await project.ok('schedule', 'resume', 'p/nightly');
  expect(resumed.err).toBe('p/nightly is resumed: it catches up on 0 ticks of 0\n');

  const history = await project.ok('schedule', 'history', 'p/nightly', '--json');
  expect(history.json.ticks).toEqual([
    {
      trigger: 'p/nightly',
      at: TIME,
      outcome: 'skipped_overlap',
      reason: `run ${runId} of the trigger had not ended`,
      decidedAt: TIME,
      decidedBy: expect.stringMatching(/^.+:\d+$/),
      latenessMs: 0,
    },
    expect.objectContaining({ outcome: 'fired', reason: 'it was fired by hand', runId }),
  ]);
  const runs = await project.ok('runs', '--json');
  expect(runs.json.runs).toMatchObject([{ runId, status: 'queued' }]);
});

test('what is not there is refused with a remedy', async () => {
  const unknown = await project.dp('schedule', 'pause', 'p/other');
  expect(unknown.code).toBe(2);
  expect(unknown.err).toContain('DP6321: there is no trigger "p/other"');
  expect(unknown.err).toContain('`dp schedule list` lists the triggers');
  const none = await project.dp('schedule', 'fire');
  expect(none.err).toContain('`dp schedule fire` takes one trigger, PIPELINE/NAME');
});
