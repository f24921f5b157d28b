/** Standard output and standard error that fail: full disks, and readers that leave. */
import { expect, test } from 'vitest';
import { shellPipeline } from '../projects.ts';
import { dpCommand, Project } from '../rig.ts';

test('a full disk behind standard output is reported', async () => {
  using project = new Project();
  const { code, err } = await project.shell({}, '"$@" schema > /dev/full', ...dpCommand()).ended;
  expect(code).toBe(74);
  expect(err).toContain('ENOSPC');
});

test('a full disk behind standard error does not affect the run, and is reported by the exit code', async () => {
  using project = new Project(
    shellPipeline("  a:\n    run: 'true'\n  b:\n    run: 'touch there'\n    needs: [a]\n"),
  );
  const { code } = await project.shell({}, '"$@" run p.yaml 2> /dev/full', ...dpCommand()).ended;
  expect(code).toBe(74);
  expect(project.read('there')).toBe('');
  expect((await project.dp('show', '--json')).json.status).toBe('succeeded');
});

test('a reader that goes away early ends dp quietly', async () => {
  using project = new Project(shellPipeline("  a:\n    run: 'true'\n"));
  await project.ok('run', 'p.yaml');
  await project.ok('run', 'p.yaml');
  for (const words of ['runs', 'events last', 'schema', 'explain', 'show --json']) {
    const { out, err } = await project.shell(
      {},
      `("$@" ${words}; echo "exit $?" >&2) | head -1`,
      ...dpCommand(),
    ).ended;
    expect(out.split('\n')).toHaveLength(2);
    expect(err).toBe('exit 0\n');
  }
});

test('a run continues to its end when its output is closed', async () => {
  using project = new Project(
    shellPipeline(
      "  a:\n    run: until [ -e left ]; do sleep 0.01; done\n  b:\n    run: 'false'\n    needs: [a]\n",
    ),
  );
  const { out } = await project.shell(
    {},
    '("$@" run p.yaml; echo "exit $?" >&3) 3>&1 2>&1 >&2 | { head -1; exec <&-; touch left; }',
    ...dpCommand(),
  ).ended;
  expect(out).toContain('run ');
  const { json } = await project.dp('show', '--json');
  expect(json).toMatchObject({ status: 'failed', tasks: { b: { status: 'failed' } } });
});
