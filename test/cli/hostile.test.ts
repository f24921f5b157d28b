/** Hostile pipeline files end in a diagnostic or a plan: no crash, no hang, nothing written. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Project } from './rig.ts';

const FOLDER = new URL('../../../shared/cases/hostile/', import.meta.url);
const files = existsSync(FOLDER)
  ? readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'))
  : [];

/** Their keys are those of no tool in particular; what is hostile stays. */
const adapted = (bytes: Buffer): Buffer =>
  Buffer.from(
    bytes
      .toString('latin1')
      .replaceAll(/\bmodule: (\.\/\w+\.ts)/g, "run: 'true'")
      .replaceAll(/\bmodule: /g, 'task: a, run: ')
      .replaceAll('dependsOn:', 'needs:')
      .replaceAll('retries:', 'max_retries:')
      .replace(/^schedule: (.*)$/m, 'triggers: [{ cron: $1 }]'),
    'latin1',
  );

/** Sound as they are: a BOM is allowed, and these names are names. */
const SOUND = new Set(['y12-bom.yaml']);

async function outcomeOf(
  bytes: string | Uint8Array,
): Promise<{ code: number | null; err: string }> {
  using project = new Project({ 'p.yaml': bytes }, { patienceMs: 10_000 });
  const before = project.listing();
  const { code, err } = await project.dp('plan', 'p.yaml');
  expect(project.listing()).toEqual(before);
  return { code, err };
}

test.for(files)('%s', async (file) => {
  const bytes = readFileSync(new URL(file, FOLDER));
  for (const variant of [bytes, adapted(bytes)]) {
    const { code, err } = await outcomeOf(variant);
    expect(code).toBe(SOUND.has(file) && variant !== bytes ? 0 : 3);
    expect(err).toMatch(code === 3 ? /^error DP\d{4}: / : /^$/);
    expect(err).not.toMatch(/RangeError|ENAMETOOLONG| at .*\.ts:/);
    expect(err).not.toContain('\u001B');
  }
});

test.for([
  [
    'an alias bomb',
    `a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n`,
  ],
  ['20,000 brackets', `name: ${'['.repeat(20_000)}`],
  [
    '20,000 levels of keys',
    Array.from({ length: 3_000 }, (_, i) => `${' '.repeat(i)}k:`).join('\n'),
  ],
  ['bytes that are no UTF-8', Buffer.from([0x6e, 0x3a, 0x20, 0xff, 0xfe, 0xc3, 0x28])],
  ['UTF-16', Buffer.from('\uFEFFname: x\n', 'utf16le')],
  ['NUL', 'name: "a\\0b"\ntasks: { "a\\0b": { run: ls } }\n'],
  [
    'names that climb',
    'name: ../../etc/x\ntasks: { ../../../tmp/pwned: { run: ls }, "..": { run: ls } }\n',
  ],
  ['a name of 300 letters', `name: x\ntasks: { ${'a'.repeat(300)}: { run: ls } }\n`],
  ['a task that needs itself', 'name: x\ntasks: { a: { run: ls, needs: [a] } }\n'],
  [
    'tags that mean code elsewhere',
    'name: !!js/function "function(){process.exit(7)}"\ntasks: {}\n',
  ],
  ['two documents', 'name: a\ntasks: { a: { run: ls } }\n---\nname: b\n'],
  [
    'modules that are not files of the project',
    'name: x\nmodules: ["data:text/javascript,process.exit(9)", "node:child_process", "https://example.invalid/x.ts", /etc/passwd, ../../../../etc/passwd]\ntasks: { a: {} }\n',
  ],
  [
    'an environment with values',
    'name: x\nenv: { NODE_OPTIONS: "--require ./evil.js" }\ntasks: { a: { run: ls } }\n',
  ],
] as const)('%s', async ([, text]) => {
  const { code, err } = await outcomeOf(text);
  expect(code).toBe(3);
  expect(err).toMatch(/^error DP\d{4}: /);
});

test('names of object members are names like any other', async () => {
  using project = new Project({
    'p.yaml': `name: x
tasks:
  constructor: { run: echo constructor }
  toString: { run: echo text, needs: [constructor] }
  hasOwnProperty: { run: echo own, needs: [toString] }
`,
  });
  const { json } = await project.ok('run', 'p.yaml', '--json');
  expect(Object.keys(json.tasks)).toEqual(['constructor', 'toString', 'hasOwnProperty']);
  const { stdout } = (await project.ok('output', 'last', 'toString', '--json')).json;
  expect(stdout).toBe('text\n');
});
