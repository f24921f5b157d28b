/** State that an earlier release wrote: it opens, is shown as that release showed it, and its runs are resumed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Project } from './rig.ts';

/** A project with the state of six runs, and what that release said of them, command by command. */
interface Kept {
  /** The folder that the state names; what it says of files is replaced by a folder of the same length. */
  readonly root: string;
  readonly files: Readonly<Record<string, string>>;
  readonly said: Readonly<Record<string, string>>;
}

const FAILED = '1m8mkt787mayndce';

class KeptProject extends Project {
  readonly said: ReadonlyMap<string, string>;
  readonly cwd: string;

  constructor(release: string) {
    super();
    const file = join(import.meta.dirname, 'last-release', `${release}.json.gz`);
    const { root, files, said } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Kept;
    this.cwd = '0'.repeat(root.length - this.folder.length - 1);
    const here = this.path(this.cwd);
    for (const [name, text] of Object.entries(files)) {
      const bytes = Buffer.from(text, 'base64').toString('latin1');
      this.write({ [join(this.cwd, name)]: Buffer.from(bytes.replaceAll(root, here), 'latin1') });
    }
    this.said = new Map(
      Object.entries(said).map(([words, text]) => [words, text.replaceAll(root, here)]),
    );
  }
}

test.each(['0.1'])('what release %s recorded is shown as it showed it', async (release) => {
  using project = new KeptProject(release);
  expect(project.said.size).toBeGreaterThan(10);
  for (const [words, text] of project.said) {
    const { code, out } = await project.dpWith({ cwd: project.cwd }, ...words.split(' '));
    expect([words, code]).toEqual([words, 0]);
    expect(saidIn(out)).toMatchObject(saidIn(text));
  }
  expect((await project.dpWith({ cwd: project.cwd }, 'doctor')).code).toBe(0);
});

test.each(['0.1'])('a failed run of release %s is resumed', async (release) => {
  using project = new KeptProject(release);
  project.write({ [join(project.cwd, 'pipelines/go-on')]: '' });
  const resumed = await project.dpWith({ cwd: project.cwd }, 'resume', FAILED);
  expect([resumed.code, resumed.err]).toEqual([0, expect.stringContaining('checked')]);
  expect(resumed.err).not.toMatch(/^start +numbers/m);
  const { out } = await project.dpWith({ cwd: project.cwd }, 'output', FAILED, 'total');
  expect(out.trim()).toBe('30');
  expect((await project.dpWith({ cwd: project.cwd }, 'doctor')).code).toBe(0);
});

test.each(['0.1'])(
  'stored results of release %s are made once more, as nobody noted what their functions read',
  async (release) => {
    using project = new KeptProject(release);
    const dp = (...words: string[]) =>
      project.dpWith(
        { cwd: project.cwd },
        ...words,
        'pipelines/kept.yaml',
        '-p',
        'count=5',
        '--json',
      );
    const planned = async (): Promise<string | undefined> => {
      const { code, json } = await dp('plan');
      expect(code).toBe(0);
      const tasks = json.tasks as readonly { readonly name: string; readonly action: string }[];
      return tasks.find(({ name }) => name === 'numbers')?.action;
    };
    expect(await planned()).toBe('run');
    expect((await dp('run')).json.tasks.numbers.status).toBe('succeeded');
    expect(await planned()).toBe('cached');
  },
);

/** JSON documents, which may gain keys, or lines, which stay as they were. */
function saidIn(text: string): object[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) =>
      /^\{"schemaVersion"|^\{"seq"/.test(line) ? (JSON.parse(line) as object) : { line },
    );
}
