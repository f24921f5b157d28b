/** The live view on a real terminal: a pseudo-terminal that `script` makes. */
import { expect } from 'vitest';
import stringWidth from 'string-width';
import { shellPipeline } from '../projects.ts';
import { dpCommand, Project, type DpProcess } from '../rig.ts';
import { testWith } from '../../servers/parts.ts';

const COLUMNS = 70;

function onTerminal(project: Project, program: string, script = ''): DpProcess {
  const dp = dpCommand().map((word) => `'${word}'`);
  project.write({
    'run.sh': `stty cols ${COLUMNS} rows 20\n${script}\nexec ${dp.join(' ')} run p.yaml -j 4 --grace 0.2\n`,
  });
  return project.terminal(program, 'run.sh');
}

testWith('script')('it shows what is under way, and leaves only what happened', async (program) => {
  using project = new Project({
    'tsconfig.json': '{}',
    'p.yaml': `name: p
modules: [./m.mjs]
tasks:
  counting: {}
  flaky: { max_retries: 2, retry: { delay: 0.5, jitter: none } }
  each: { map: { over: '\${[1, 2, 3]}', as: n } }
  last: { needs: [counting, flaky, each] }
`,
    'm.mjs': `import { existsSync } from 'node:fs';
const go = async () => { while (!existsSync('go')) await new Promise((r) => setTimeout(r, 20)); };
export async function counting(_, ctx) { ctx.progress(3, 10); await go(); }
export async function flaky(_, ctx) { if (ctx.attempt === 1) throw new Error('日本語 '.repeat(30)); await go(); }
export async function each({ n }) { if (n > 1) await go(); }
export const last = () => 1;
`,
  });
  const dp = onTerminal(project, program);
  await dp.said('failed, attempt 2 of 3 in ');
  await dp.said('3/10');
  await dp.said('1/3  2 running');
  await dp.said('attempt 2 of 3\u001B');
  project.write({ go: '' });
  const { code, out } = await dp.ended;
  expect(code).toBe(0);
  const drawn = out.split(/[\r\n]+/).filter((line) => /[█░]/.test(line));
  expect(drawn.length).toBeGreaterThan(3);
  // oxlint-disable-next-line no-control-regex -- moves of the cursor
  const rows = drawn.map((row) => row.replaceAll(/\u001B\[\??\d*[A-Zhl]/g, ''));
  for (const row of rows) expect(stringWidth(row)).toBeLessThan(COLUMNS);
  const screen = screenAfter(out);
  expect(screen).not.toMatch(/[█░]|under way/);
  expect(screen).toMatch(/succeeded last in/);
  expect(screen).toMatch(/succeeded in .*: 4 succeeded/);
  expect(isCursorShown(out)).toBe(true);
});

testWith('script')('cancelled, it gives the cursor back', async (program) => {
  using project = new Project(
    shellPipeline(
      "  a:\n    run: 'while [ ! -e go ]; do sleep 0.02; done; kill -INT $PPID; sleep 60'\n",
    ),
  );
  const dp = onTerminal(project, program);
  await dp.said('1/4 slots');
  project.write({ go: '' });
  const { code, out } = await dp.ended;
  expect(code).toBe(130);
  expect(out).toContain('\u001B[?25l');
  expect(isCursorShown(out)).toBe(true);
  expect(screenAfter(out)).not.toMatch(/[█░]/);
});

testWith('script')('a terminal that is resized meanwhile gets rows that fit', async (program) => {
  using project = new Project(
    shellPipeline("  a:\n    run: 'while [ ! -e go ]; do sleep 0.02; done'\n"),
  );
  const dp = onTerminal(
    project,
    program,
    '(while [ ! -e narrow ]; do sleep 0.02; done; stty cols 21 < /dev/tty; echo resized) &',
  );
  await dp.said('1/4 slots');
  project.write({ narrow: '' });
  await dp.said('resized');
  // What does not fit any more is not drawn.
  await dp.said('0/1\r\n');
  project.write({ go: '' });
  const { code, out } = await dp.ended;
  expect(code).toBe(0);
  expect(out.slice(out.indexOf('0/1\r\n'))).not.toContain('slots');
});

const isCursorShown = (out: string): boolean =>
  out.lastIndexOf('\u001B[?25h') > out.lastIndexOf('\u001B[?25l');

/** What is left to see, with the few codes that dp uses. Rows are as long as they are written. */
function screenAfter(out: string): string {
  const rows: string[] = [''];
  let row = 0;
  let column = 0;
  for (const [, up, code, character] of out.matchAll(
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    /\u001B\[(\d+)A|(\u001B\[\??\d*(?:;\d+)*[A-Za-z])|([\s\S])/g,
  )) {
    if (up !== undefined) row = Math.max(0, row - Number(up));
    else if (code?.endsWith('J') === true) {
      rows.length = row + 1;
      rows[row] = rows[row]!.slice(0, column);
    } else if (character === '\r') column = 0;
    else if (character === '\n') rows[++row] ??= '';
    else if (character !== undefined) {
      rows[row] =
        rows[row]!.padEnd(column).slice(0, column) + character + rows[row]!.slice(column + 1);
      column++;
    }
  }
  return rows.join('\n');
}
