import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Project } from '../../../cli/rig.ts';

test('the second and the third run of a new project ask the compiler nothing', async () => {
  using project = new Project({
    'rows.yaml':
      'name: rows\nmodules: [./rows.ts]\ntasks:\n  load: {}\n  sum: { inputs: { rows: load } }\n',
    'rows.ts': `import { writeFileSync } from 'node:fs';
export function load(): number[] {
  writeFileSync('rows.json', '[1, 2]');
  return [1, 2];
}
export const sum = ({ rows }: { rows: number[] }): number => rows.length;
`,
  });
  const env = { XDG_CACHE_HOME: project.path('cache') };
  const run = async (): Promise<readonly string[]> => {
    const { code, err } = await project.dpWith({ env }, 'run', 'rows.yaml');
    expect([code, err]).toEqual([0, expect.stringContaining('succeeded')]);
    return answers(project.path('cache/dp/types'));
  };
  const first = await run();
  expect(first).toHaveLength(2); // the types of one module, and the check of the edges
  expect(await run()).toEqual(first);
  expect(await run()).toEqual(first);
});

/** Every answer of the compiler is written to a new file, so an equal list means that no answer came. */
function answers(folder: string): readonly string[] {
  return readdirSync(folder)
    .toSorted()
    .map((name) => {
      const { ino, ctimeNs } = statSync(join(folder, name), { bigint: true });
      return `${name} ${ino} ${ctimeNs}`;
    });
}
