import { expect, test } from 'vitest';
import { shellPipeline } from './projects.ts';
import { dpCommand, Project } from './rig.ts';

test.for(['-rf', '--help', '--json', '-'])(
  'a pipeline file named %s is read after --',
  async (name) => {
    using project = new Project({ [name]: "name: odd\ntasks:\n  a:\n    run: 'true'\n" });
    const words = name === '-' ? ['./-'] : ['--', name];
    const { code, out } = await project.dp('plan', ...words);
    expect(code).toBe(0);
    expect(out).toContain('odd  1 task');
  },
);

test('- is standard input, and places in it are named so', async () => {
  using project = new Project();
  const sound = "name: piped\ntasks:\n  a:\n    run: 'echo $((6 * 7))'\n";
  const ran = await project.dpWith({ input: sound }, 'run', '-', '--json');
  expect(ran.code).toBe(0);
  expect(ran.json.tasks.a.status).toBe('succeeded');
  const wrong = await project.dpWith({ input: 'name: 7\n' }, 'plan', '-');
  expect(wrong.code).toBe(3);
  expect(wrong.err).toContain('<stdin>:1:7');
});

test.for([
  ['a pipe', 'cat p.yaml | "$@" plan -', 0],
  ['a file', '"$@" plan - < p.yaml', 0],
  ['empty', '"$@" plan - < /dev/null', 3],
  ['closed', '"$@" plan - <&-', 3],
] as const)('standard input may be %s', async ([, script, exit]) => {
  using project = new Project(shellPipeline("  a:\n    run: 'true'\n"));
  expect((await project.shell({}, script, ...dpCommand()).ended).code).toBe(exit);
});

test.for([
  ['standard input', '{ head -c 600M /dev/zero; echo "$?" > head; } | "$@" validate -'],
  ['a device', '"$@" validate /dev/zero; echo 1 > head; exit 3'],
] as const)('%s without an end is read to the limit of a pipeline file', async ([, script]) => {
  using project = new Project();
  const { code, err } = await project.shell({}, script, ...dpCommand()).ended;
  expect(code).toBe(3);
  expect(err).toContain('DP1006: the file has more than 16777216 bytes');
  // The writer was told that nobody reads on.
  expect(project.read('head').trim()).not.toBe('0');
});
