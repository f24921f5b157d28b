import { expect, test } from 'vitest';
import { Project, type Surroundings } from './rig.ts';

const FILE = `name: p
description: One.
modules: [./m.mjs]
env: [TOKEN]
params:
  from: { type: integer, default: 1 }
  to: { type: integer, default: 2 }
tasks:
  a:
    with: { low: '\${params.from}', high: '\${params.to}' }
    tags: [x, y]
  b:
    needs: [a]
    timeout: 60
  c: { run: echo, needs: [a, b] }
`;

/** The same structure in another order of keys, tasks, tags and needs. */
const REORDERED = `tasks:
  c: { needs: [b, a], run: echo }
  b:
    timeout: 60
    needs: [a]
  a:
    tags: [y, x]
    with: { high: '\${params.to}', low: '\${params.from}' }
params:
  to: { default: 2, type: integer }
  from: { default: 1, type: integer }
env: [TOKEN]
modules: [./m.mjs]
name: p
`;

const MODULE = 'export const a = ({ low, high }) => low + high;\nexport const b = ({ a }) => a;\n';

async function planId(yaml: string, surroundings: Surroundings = {}, at = ''): Promise<string> {
  using project = new Project({
    'tsconfig.json': '{}',
    [`${at}p.yaml`]: yaml,
    [`${at}m.mjs`]: MODULE,
  });
  const { code, err, json } = await project.dpWith(surroundings, 'plan', `${at}p.yaml`, '--json');
  if (code !== 0) throw new Error(err);
  return json.planId;
}

test('the plan id is the same in another folder, order of keys and environment', async () => {
  const id = await planId(FILE);
  expect(await planId(FILE, {}, 'deep/down/')).toBe(id);
  expect(await planId(REORDERED)).toBe(id);
  const env = { TOKEN: 'secret', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', TZ: 'Asia/Kathmandu' };
  expect(await planId(FILE, { env })).toBe(id);
});

test.for([
  ['a task more', (yaml: string) => `${yaml}  d: { run: echo }\n`],
  ['an edge less', (yaml: string) => yaml.replace('needs: [a, b]', 'needs: [a]')],
  ['another value', (yaml: string) => yaml.replace('${params.from}', '${params.to}')],
  ['another timeout', (yaml: string) => yaml.replace('timeout: 60', 'timeout: 61')],
  ['another command', (yaml: string) => yaml.replace('run: echo', 'run: "true"')],
  ['another name', (yaml: string) => yaml.replace('name: p', 'name: q')],
  ['another tag', (yaml: string) => yaml.replace('[x, y]', '[x, z]')],
] as const)('the plan id is another one with %s', async ([, change]) => {
  expect(change(FILE)).not.toBe(FILE);
  expect(await planId(change(FILE))).not.toBe(await planId(FILE));
});
