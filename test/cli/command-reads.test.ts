/** What commands do without: results and modules that they have nothing to do with. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dpCommand, Project } from './rig.ts';
import { testNeeding } from '../test-needing.ts';

/** Bytes that dp read and wrote, as the system counts them; a parent has those of its children that ended. */
async function bytesOf(project: Project, ...words: string[]): Promise<Record<string, number>> {
  const script = '"$@" > /dev/null; echo $?; cat /proc/$$/io';
  const { out } = await project.shell({}, script, ...dpCommand(), ...words).ended;
  const [code, ...lines] = out.trimEnd().split('\n');
  expect(code).toBe('0');
  return Object.fromEntries(lines.map((line) => line.split(': ')).map(([k, v]) => [k, Number(v)]));
}

const canCount = existsSync('/proc/self/io');

const LOOKING = [
  'runs',
  'show last',
  'show last --json',
  'events last',
  'logs last',
  'plan p.yaml',
];

testNeeding('/proc/self/io', canCount)('commands that list and show read no result', async () => {
  const sizes = { small: 10, large: 20_000_000 };
  const read: Record<string, number[]> = {};
  for (const size of Object.values(sizes)) {
    using project = new Project({
      'p.yaml': `name: p
modules: [./m.mjs]
params: { size: { type: integer, default: ${size} } }
tasks: { a: { with: { size: '\${params.size}' } }, b: { with: { size: '\${params.size}' } } }
`,
      'm.mjs': `export const a = ({ size }) => 'x'.repeat(size);
export const b = ({ size }) => Array.from({ length: size / 10 }, (_, n) => n);
`,
    });
    await project.ok('run', 'p.yaml');
    for (const words of LOOKING)
      (read[words] ??= []).push((await bytesOf(project, ...words.split(' ')))['rchar'] ?? 0);
  }
  for (const [words, [small = 0, large = 0]] of Object.entries(read))
    expect({ words, more: large - small > 1_000_000 }).toEqual({ words, more: false });
});

/** Whoever loads it leaves a trace, and waits for ever. */
const TRAP = `import { writeFileSync } from 'node:fs';
writeFileSync('loaded', '');
await new Promise(() => setInterval(() => {}, 1_000));
`;

const WITHOUT_MODULES = [
  '--version',
  '--help',
  'runs',
  'show last',
  'show last --json',
  'logs last',
  'events last',
  'output last a',
  'explain DP1005',
  'schema',
  'doctor',
  'cache ls',
  'gc --dry-run',
  'pools',
  'diff last last',
  'show last --html page.html',
  'export last --out a.tar',
  'run --help',
];

test('commands that start nothing load no module of the project', async () => {
  using project = new Project({
    'tsconfig.json': '{}',
    'p.yaml': 'name: p\nmodules: [./m.mjs]\ntasks:\n  a: {}\n',
    'm.mjs': 'export const a = () => 1;\n',
  });
  await project.ok('run', 'p.yaml');
  project.write({ 'm.mjs': TRAP, 'other.mjs': TRAP, 'pipelines/other.ts': TRAP });
  for (const words of WITHOUT_MODULES) {
    await project.ok(...words.split(' '));
    expect({ words, loaded: existsSync(project.path('loaded')) }).toEqual({ words, loaded: false });
  }
});
