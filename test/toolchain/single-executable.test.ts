import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
let folder: string;
let dp: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dp-executable-'));
  execFileSync(process.execPath, [join(root, 'bin/build-binary.ts'), '--into', folder]);
  dp = join(folder, 'dp');
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** An empty project, with nothing on the PATH, and a home where nothing can be written, by root neither. */
function project(name: string, files: Readonly<Record<string, string>>): Project {
  const place = join(folder, name);
  const temporary = join(folder, `${name}-tmp`);
  mkdirSync(place);
  mkdirSync(temporary);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(place, file), text);
  const env = { HOME: '/dev/null', TMPDIR: temporary, PATH: '/nowhere' };
  return {
    temporary,
    dp: (...args) => {
      const { status, stdout, stderr } = spawnSync(dp, args, { cwd: place, env, encoding: 'utf8' });
      return { code: status, out: stdout, err: stderr };
    },
  };
}

interface Project {
  readonly temporary: string;
  readonly dp: (...args: readonly string[]) => { code: number | null; out: string; err: string };
}

test('the single executable runs TypeScript tasks where nothing is installed and home is not writable', () => {
  const { temporary, dp: run } = project('greeting', {
    'greeting.yaml': `
      name: greeting
      modules: [./greeting.ts]
      params:
        name: { type: string, default: world }
      tasks:
        greet: { with: { name: "\${params.name}" } }
        shout: { needs: [greet] }
        apart: { isolation: process }
    `,
    'greeting.ts': `
      import { task } from 'dp';
      import { Mood, type Greeting } from './mood';
      import { louder } from './old.cjs';

      export const greet = task({}, async ({ name }: { name: string }): Promise<Greeting> => ({
        text: 'hello ' + name,
        mood: Mood.glad,
      }));
      export const apart = () => process.argv.includes('task-process');
      export const shout = ({ greet }: { greet: Greeting }) => greet.text.toUpperCase() + louder('!'.repeat(greet.mood));
    `,
    'old.cjs': `
      module.exports.louder = (text) => require('./older').twice(text);
    `,
    'older.cjs': `
      exports.twice = (text) => text + text;
    `,
    'mood.ts': `
      export enum Mood { calm, glad = 2 }
      export interface Greeting { text: string; mood: Mood }
    `,
  });

  const { code, out, err } = run('run', 'greeting.yaml', '-p', 'name=moon', '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const { runId, status } = JSON.parse(out) as { runId: string; status: string };
  expect(status).toBe('succeeded');
  expect(JSON.parse(run('output', runId, 'shout', '--json').out)).toBe('HELLO MOON!!!!');
  expect(JSON.parse(run('output', runId, 'apart', '--json').out)).toBe(true);
  expect(readdirSync(temporary)).toEqual([`dp-cache-${process.getuid?.()}`]);
});

test('the single executable says which dp it is without unpacking anything', () => {
  const { temporary, dp: run } = project('version', {});
  expect(run('--version')).toEqual({ code: 0, out: '0.1.0\n', err: '' });
  expect(readdirSync(temporary)).toEqual([]);
});
