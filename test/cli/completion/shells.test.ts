/** The scripts of `dp completion` in the shells that they are for, which ask the real dp. */
import { chmodSync } from 'node:fs';
import { delimiter } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testWith } from '../../servers/parts.ts';
import { dpCommand, Project } from '../rig.ts';

/** A project with a program `dp` in `tools/`, and in the environment a PATH that leads there. */
function projectWithDp(): { project: Project; env: Readonly<Record<string, string>> } {
  const command = dpCommand().map((word) => `'${word}'`);
  const project = new Project({
    'tools/dp': `#!/bin/sh\nexec ${command.join(' ')} "$@"\n`,
    'pipelines/hello.yaml':
      "name: hello\ntasks:\n  words: { run: 'true' }\n  longest: { run: 'true' }\n",
  });
  chmodSync(project.path('tools/dp'), 0o755);
  const PATH = [project.path('tools'), process.env['PATH'] ?? ''].join(delimiter);
  return { project, env: { PATH, TERM: 'dumb' } };
}

/** What a person types, `>` standing for the tabulator, and the words that the shell then has. */
const TYPED = [
  ['dp resu>', ['dp', 'resume']],
  ['dp run --reporter=jun>x', ['dp', 'run', '--reporter=junit=x']],
  ['dp run pipe>hel>', ['dp', 'run', 'pipelines/hello.yaml']],
  ['dp run pipelines/hello.yaml lon>', ['dp', 'run', 'pipelines/hello.yaml', 'longest']],
  ['dp run --on-failure st>', ['dp', 'run', '--on-failure', 'stop']],
  ['dp schedule hist>', ['dp', 'schedule', 'history']],
  ['dp explain DP100> --js>', ['dp', 'explain', 'DP100', '--json']],
] as const;

const EXPECTED = TYPED.map(([, words]) => words.map((word) => `<${word}>`).join(''));

/** Moves to the beginning of the line. */
const CTRL_A = '\u0001';

/** Types each line on a pseudo-terminal that `script` makes; returns its words as the shell gave them to `printf`. */
async function wordsTypedIn(
  shell: string,
  script: string,
  setUp: string,
): Promise<readonly string[]> {
  const { project, env } = projectWithDp();
  using _ = project;
  const lines = TYPED.map(([keys]) => `${keys.replaceAll('>', '\t')}${CTRL_A}printf '<%s>' \n`);
  const input = `${setUp}\n${lines.join('')}exit\n`;
  const { out } = await project.shell({ env, input }, `exec "$@" -qec '${shell}' /dev/null`, script)
    .ended;
  return out.match(/<dp>(?:<[^<>\s]+>)+/g) ?? [];
}

describe('completion inserts commands, options, choices, files and tasks', () => {
  testWith('script')('in bash', async (script) => {
    const setUp = 'eval "$(dp completion bash)"';
    expect(await wordsTypedIn('bash --norc --noprofile -i', script, setUp)).toEqual(EXPECTED);
  });

  testWith('zsh')('in zsh', async (zsh) => {
    const setUp = 'autoload -U compinit; compinit -u -D; eval "$(dp completion zsh)"';
    expect(await wordsTypedIn(`${zsh} -f -i`, 'script', setUp)).toEqual(EXPECTED);
  });

  testWith('fish')('in fish', async (fish) => {
    const { project, env } = projectWithDp();
    using _ = project;
    const asked = [
      'dp resu',
      'dp run --reporter=jun',
      'dp run pipelines/hello.yaml lon',
      'dp export last --out=pip',
    ];
    const script = `dp completion fish | source; ${asked.map((line) => `complete -C '${line}'`).join('; ')}`;
    const { out } = await project.shell({ env }, 'exec "$@"', fish, '--no-config', '-c', script)
      .ended;
    expect(out.split('\n').map((line) => line.split('\t')[0])).toEqual([
      'resume',
      '--reporter=junit=',
      'longest',
      '--out=pipelines/',
      '',
    ]);
  });
});

test('ids of runs, and tasks of a run, are offered', async () => {
  const { project } = projectWithDp();
  using _ = project;
  const { json } = await project.ok('run', 'pipelines/hello.yaml', 'words', '--json');
  const run = json.runId as string;
  const offered = async (...words: readonly string[]) =>
    (await project.ok('__complete', '--', ...words)).out;
  expect(await offered('show', '')).toBe(`last\tthe last run\n${run}\thello, succeeded\n`);
  expect(await offered('output', run, 'w')).toBe('words\t\n');
  expect(await offered('show', '--state-dir', 'elsewhere', '')).toBe('');
  expect(project.listing().some((line) => line.startsWith('elsewhere'))).toBe(false);
});

test('nothing is said of a project that cannot be read', async () => {
  using project = new Project({ 'pipelines/p.yaml': 'name: [', 'dp.yaml': 'state: [' });
  for (const words of [
    ['run', 'pipelines/p.yaml', ''],
    ['show', ''],
  ]) {
    const { out, err, code } = await project.dp('__complete', '--', ...words);
    expect({ out, err, code }).toEqual({ out: '', err: '', code: 0 });
  }
});
