/** The files under pipelines/ci/ are pasted by strangers: what they run works, as it stands there. */
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { dpCommand, Project, type Ended } from './rig.ts';

interface Github {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>>;
}
interface GitlabJob {
  readonly script?: readonly string[];
}

const examples = join(import.meta.dirname, '../../pipelines/ci');
const read = (file: string): unknown =>
  parse(readFileSync(join(examples, file), 'utf8'), { strict: true, uniqueKeys: true });

const github = read('github.yml') as Github;
const gitlab = read('gitlab.yml') as Readonly<Record<string, GitlabJob>>;

const callsDp = (script: string): boolean => script.includes('tools/dp/bin/dp');
const githubScripts = Object.values(github.jobs)
  .flatMap(({ steps }) => steps.flatMap(({ run = '' }) => run))
  .filter(callsDp);
const gitlabScripts = Object.values(gitlab)
  .flatMap(({ script = [] }) => script)
  .filter(callsDp);

/** A stranger's project, with dp where the examples put it. */
async function withDp(): Promise<Project> {
  const project = new Project({
    'tools/dp/bin/dp': `#!/bin/sh\nexec '${dpCommand().join("' '")}' "$@"\n`,
  });
  chmodSync(project.path('tools/dp/bin/dp'), 0o755);
  await project.ok('init', '.');
  return project;
}

const runAs = (
  project: Project,
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<Ended> => project.shell({ env: { CI: 'true', ...env } }, `set -e\n${script}`).ended;

test('on GitHub each step does what it should, on each machine', async () => {
  using project = await withDp();
  const env = { GITHUB_OUTPUT: 'output', GITHUB_STEP_SUMMARY: 'summary.md' };
  expect(githubScripts).toHaveLength(3);
  for (const shard of ['1/3', '2/3', '3/3'])
    for (const script of githubScripts) {
      const { code, err } = await runAs(
        project,
        script.replaceAll('${{ matrix.shard }}', shard),
        env,
      );
      expect({ code, err }).toMatchObject({ code: 0 });
    }
  expect(project.read('output')).toBe('work=yes\nwork=no\nwork=no\n');
  expect(project.read('summary.md').match(/^## .* succeeded in /gm)).toHaveLength(3);
  expect(project.read('reports/junit.xml')).toContain('<testsuites');
  expect(JSON.parse(project.read('reports/dp.sarif'))).toMatchObject({ version: '2.1.0' });
});

test('on GitHub a mistake in the definition fails the step that plans', async () => {
  using project = await withDp();
  project.write({ 'pipelines/hello.yaml': 'name: hello\ntasks: []\n' });
  const script = githubScripts.find((each) => each.includes('--detailed-exitcode'))!;
  const ended = await runAs(project, script.replaceAll('${{ matrix.shard }}', '1/3'), {});
  expect(ended.code).toBe(3);
});

test('on GitLab each script does what it should, on each machine', async () => {
  using project = await withDp();
  const codes = [];
  for (const script of gitlabScripts)
    for (const index of ['1', '2', '3']) {
      const { code } = await runAs(project, script, { CI_NODE_INDEX: index, CI_NODE_TOTAL: '3' });
      codes.push(code);
    }
  expect(codes).toEqual([0, 0, 0, 5, 5, 5, 0, 0, 0]);
  expect(gitlab['plan']).toMatchObject({ allow_failure: { exit_codes: 5 } });
  expect(project.read('reports/junit.xml')).toContain('<testsuites');
  expect(project.read('reports/summary.md')).toContain('## ✅ hello');
});
