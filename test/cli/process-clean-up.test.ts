/** What is left when work ends: no corpse of a process, and every word that it said. */
import { existsSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { testNeeding } from '../test-needing.ts';
import { Project } from './rig.ts';

testNeeding('Linux', process.platform === 'linux')(
  'commands and processes that ended leave no corpses',
  async () => {
    const ended = Array.from({ length: 20 }, (_, n) => `c${n}`);
    const commands = ended.map((name) => `  ${name}: { run: 'true & (true &); exit 0' }\n`);
    using project = new Project({
      'p.yaml': `name: p
modules: [./m.mjs]
tasks:
${commands.join('')}  killed: { run: 'sleep 60', timeout: 0.2 }
  fails: { run: 'exit 3', fail_safe: true }
  alone: { isolation: process }
  corpses: { needs: [${ended.join()}, killed, fails, alone], trigger_rule: all_done }
`,
      // On a thread, its process is dp.
      'm.mjs': `import { readdirSync, readFileSync } from 'node:fs';
export const alone = () => process.exit(3);
const stat = (pid) => {
  try { return readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ')[1].split(' '); } catch { return []; }
};
export const corpses = () =>
  readdirSync('/proc').filter((pid) => {
    const [state, parent] = stat(pid);
    return state === 'Z' && parent === String(process.pid);
  });
`,
    });
    const { code } = await project.dp('run', 'p.yaml', '--grace', '0.1', '--no-typecheck');
    expect(code).toBe(1);
    expect((await project.ok('output', 'last', 'corpses', '--json')).json).toEqual([]);
  },
);

testNeeding('Linux', process.platform === 'linux')(
  'when dp is killed, what its tasks have started ends: nobody works beside a resumed run',
  async () => {
    using project = new Project({
      'p.yaml': `name: p
modules: [./m.mjs]
tasks:
  quick: { run: 'true' }
  family: { run: "touch here.family; trap '' HUP TERM; (sleep 60; touch late) & sleep 60; touch late" }
  alone: { isolation: process }
  threaded: {}
`,
      'm.mjs': `import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
export const alone = () => { spawn('sleep', ['60']); writeFileSync('here.alone', ''); for (;;); };
export const threaded = () => {
  spawn('sh', ['-c', "trap '' HUP TERM; (touch here.threaded; sleep 60; touch late) & wait; touch late"]);
  return new Promise(() => {});
};
`,
    });
    const dp = project.start({}, 'run', 'p.yaml', '-j', '4', '--no-typecheck');
    await dp.told('succeeded quick');
    const there = (name: string): boolean => existsSync(project.path(`here.${name}`));
    await vi.waitUntil(() => ['family', 'alone', 'threaded'].every(there), { timeout: 20_000 });
    dp.kill();
    await vi.waitFor(() => expect(project.processes()).toEqual([]), { timeout: 20_000 });
    await dp.ended;
    expect(existsSync(project.path('late'))).toBe(false);
  },
);

const LINES = 2_000;
const PRINT = `for (let i = 1; i <= ${LINES}; i++) console.log('line ' + i);`;
const SHOUT = `seq -f 'line %.0f' ${LINES}`;

/** How a task ends right after its last line. */
const ENDS = [
  ['returns', `e: {}`, ''],
  ['throws', `e: {}`, `throw new Error('no');`],
  ['ends its thread', `e: {}`, `process.exit(1);`],
  ['ends its process', `e: { isolation: process }`, `process.exit(1);`],
  ['aborts its process', `e: { isolation: process }`, `process.abort();`],
  ['hangs until its timeout', `e: { timeout: 3 }`, `for (;;);`],
  ['hangs in its process until its timeout', `e: { timeout: 3, isolation: process }`, `for (;;);`],
  ['is a command that ends', `e: { run: "${SHOUT}" }`, ''],
  ['is a command that fails', `e: { run: "${SHOUT}; exit 1" }`, ''],
  ['is a command that is killed', `e: { run: "${SHOUT}; kill -KILL $$" }`, ''],
  ['is a command that hangs until its timeout', `e: { timeout: 3, run: "${SHOUT}; sleep 60" }`, ''],
] as const;

test.for(ENDS)('the log of a task has its last line when it %s', async ([, task, ending]) => {
  using project = new Project({
    'p.yaml': `name: p\nmodules: [./m.mjs]\ntasks:\n  ${task}\n`,
    'm.mjs': `export const e = () => { ${PRINT} ${ending} };\n`,
  });
  await project.dp('run', 'p.yaml', '--grace', '0.1', '--no-typecheck');
  const { json } = await project.ok('show', '--json');
  const lines = project.read(`.dp/runs/${json.runId}/logs/e.1.log`).match(/^line \d+$/gm) ?? [];
  expect([lines.length, lines.at(0), lines.at(-1)]).toEqual([LINES, 'line 1', `line ${LINES}`]);
});
