/** The page of a run: what it says, that nothing of a run becomes part of it but text, and that a browser shows it. */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { hash } from 'node:crypto';
import { beforeAll, afterAll, expect, test } from 'vitest';
import { pageOf } from '../../../src/cli/html/page.ts';
import type { ReportedRun } from '../../../src/views/reported-run.ts';
import { TimelineFold } from '../../../src/views/timeline.ts';
import { emptyRun } from '../../../src/model/run.ts';
import { Project } from '../rig.ts';
import { testWith } from '../../servers/parts.ts';

const HOSTILE = `</pre></title><script>alert('"&')</script><img src=x onerror="alert(1)">\u0000\u001B[31m\u2028`;

const PIPELINE = {
  'tsconfig.json': '{}',
  'p.yaml': `name: p
modules: [./m.mjs]
params: { text: { type: string, default: none } }
tasks:
  source: {}
  each: { needs: [source], map: { over: '\${[1, 2, 3]}', as: n } }
  bad: { needs: [source], max_retries: 1, retry: { delay: 0 } }
  behind: { needs: [bad] }
  left: { task: source, when: '\${params.text == "never"}' }
`,
  'm.mjs': `import { task } from 'dp';
const hostile = ${JSON.stringify(HOSTILE)};
export const source = () => { console.log(hostile); return 1; };
export const each = ({ n }) => { console.log('element', n); return n; };
export const bad = () => { console.log('x'.repeat(100_000) + '\\nthe end'); throw new TypeError(hostile, { cause: new Error(hostile) }); };
export const behind = () => 1;
`,
};

let project: Project;
let page: string;
// oxlint-disable-next-line typescript/no-explicit-any -- the JSON of the run, as scripts see it
let run: any;
beforeAll(async () => {
  project = new Project(PIPELINE);
  await project.dp('run', 'p.yaml', '-p', `text=${HOSTILE}`.replaceAll('\u0000', ''));
  run = (await project.ok('show', 'last', '--json')).json;
  await project.ok('show', 'last', '--html', 'out/run.html');
  page = project.read('out/run.html');
});
afterAll(() => {
  project[Symbol.dispose]();
});

test('the page says of each task what the record says', () => {
  const rows = new Map(
    [...page.matchAll(/<tr id="t\d+"[\s\S]*?<\/tr>/g)].map(([row]) => {
      const [name = '', status, level, attempts, , why] = [
        ...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g),
      ].map(([, cell = '']) => cell.replaceAll(/<[^>]*>/g, '').trim());
      const took = /data-value="([^"]*)"/.exec(row)?.[1];
      return [name.split(/\s/)[0], { status, level, attempts, took, why }];
    }),
  );
  expect(new Set(rows.keys())).toEqual(new Set(Object.keys(run.tasks)));
  for (const name of Object.keys(run.tasks)) {
    const task = run.tasks[name];
    const tries = task.elements?.length ?? task.attempts;
    expect({ name, ...rows.get(name) }).toMatchObject({
      name,
      status: task.status.replace('_', ' '),
      attempts: String(tries),
      took: String(task.durationMs ?? -1),
    });
  }
  expect(rows.get('behind')).toMatchObject({ level: '2', why: 'bad did not succeed' });
});

test('totals, times, run, plan and parameters stand at its head', () => {
  const head = page.slice(0, page.indexOf('<main>'));
  for (const text of [run.runId, run.planId.slice(0, 16), run.startedAt, run.finishedAt])
    expect(head).toContain(text);
  expect(head).toMatch(
    /<b>2<\/b> succeeded[\s\S]*<b>1<\/b> failed[\s\S]*<b>1<\/b> upstream failed/,
  );
  expect(head).toContain('-p text');
  expect(head).toContain(`dp resume ${run.runId}`);
});

test('the graph has a node a task and a link an edge; the timeline an attempt each', () => {
  expect(page.match(/class="node /g)).toHaveLength(5);
  expect(page.match(/data-to="/g)).toHaveLength(3);
  const labels = [...page.matchAll(/aria-label="([^"]*attempt[^"]*)"/g)].map(([, label]) => label!);
  expect(labels.filter((label) => label.includes('attempt 1 failed'))).toHaveLength(1);
  expect(labels.find((label) => label.includes('attempt 2 failed'))).toContain(
    'waited for a retry',
  );
  expect(labels.filter((label) => label.includes('attempt 1 succeeded'))).toHaveLength(4);
});

test('logs keep their end, and say what they leave out', () => {
  const logs = page.slice(page.indexOf('<section id="logs"'));
  expect(logs).toContain('element 2');
  expect(logs).toContain('the end');
  expect(logs).toContain(`${(100_009 - 65_536).toLocaleString('en')} bytes before it are left out`);
  expect(logs.match(/<details/g)).toHaveLength(6);
});

test('whatever a task prints, throws or is given stays text', () => {
  expect(page.match(/<script/gi)).toHaveLength(1);
  expect(page.match(/<style/gi)).toHaveLength(1);
  expect(page).not.toMatch(/<img|<[^>]*\son\w+=/i);
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  expect(page).not.toMatch(/[\u0000-\u0008\u000B-\u001F]/);
  expect(page).toContain('&lt;script&gt;alert(&#39;&quot;&amp;&#39;)');
  expectBalanced(page);
});

test('names and states that no dp would write are text, too', () => {
  const record = { ...emptyRun(HOSTILE), pipeline: HOSTILE, file: HOSTILE, planId: HOSTILE };
  record.tasks.set(HOSTILE, {
    status: 'skipped',
    attempts: 0,
    why: { is: 'recorded', text: HOSTILE },
  });
  const hostile: ReportedRun = {
    record,
    params: { [HOSTILE]: HOSTILE },
    tasks: [{ name: HOSTILE, id: '', codeHash: '', level: 0, dependsOn: [] }],
    timeline: new TimelineFold().timeline(),
    slowestPath: new Set(),
    logs: [{ task: HOSTILE, attempt: 1, text: HOSTILE, bytesLeftOut: 0 }],
    logsLeftOut: 3,
  };
  const text = pageOf(hostile);
  expect(text.match(/<script/gi)).toHaveLength(1);
  expect(text).not.toContain('<img');
  expectBalanced(text);
});

test('its policy lets in its own style and script, and nothing from anywhere', () => {
  const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const digest = (tag: string): string => {
    const [, text = ''] = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page) ?? [];
    return `sha256-${hash('sha256', text, 'base64')}`;
  };
  expect(policy).toBe(
    `default-src 'none'; style-src '${digest('style')}'; script-src '${digest('script')}'; base-uri 'none'; form-action 'none'`,
  );
  expect(page).not.toMatch(/<[^<>]*\s(?:src|style)=|href="(?!#)|url\(|@import/);
});

test('- is standard output, and a place that cannot be written is reported', async () => {
  expect((await project.ok('show', 'last', '--html', '-')).out).toBe(page);
  const { code, err } = await project.dp('show', 'last', '--html', 'p.yaml/run.html');
  expect(code).toBe(74);
  expect(err).toContain('DP8002');
});

test('3,000 tasks make a page that is no burden', async () => {
  using large = new Project({
    'tsconfig.json': '{}',
    'p.yaml': `name: p\nmodules: [./m.mjs]\ntasks:\n${Array.from(
      { length: 3_000 },
      (_, n) => `  t${n}: { task: a${n < 50 ? '' : `, needs: [t${n % 50}, t${(n * 7) % 50}]`} }\n`,
    )
      .join('')
      .replaceAll(/\[(t\d+), \1\]/g, '[$1]')}`,
    'm.mjs': 'export const a = () => 1;\n',
  });
  await large.ok('run', 'p.yaml', '--no-typecheck');
  await large.ok('show', 'last', '--html', 'run.html');
  const text = large.read('run.html');
  expect(statSync(large.path('run.html')).size).toBeLessThan(4_000_000);
  expect(text).toContain('Too many to draw each');
  expect(text).toContain('1000 of 3000 tasks are shown');
  expect(text.match(/<tr id=/g)).toHaveLength(3_000);
  expectBalanced(text);
});

testWith('chromium')(
  'a real browser shows it, runs its script and refuses nothing',
  (browser) => {
    const dom = execFileSync(
      'sh',
      [
        '-c',
        'exec "$@" 2>&1',
        'sh',
        browser,
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--enable-logging=stderr',
        `--user-data-dir=${project.path('browser')}`,
        '--virtual-time-budget=1000',
        '--dump-dom',
        `file://${project.path('out/run.html').replaceAll(' ', '%20')}#l1`,
      ],
      { encoding: 'utf8', timeout: 50_000 },
    );
    expect(dom).not.toMatch(/CONSOLE|Refused|Content Security Policy directive/);
    // Put there by the script.
    expect(dom).toContain('<button type="button">attempts</button>');
    expect(dom).toMatch(/<details id="l1" open/);
    expect(dom.match(/<tr id="t/g)).toHaveLength(5);
    expect(dom).not.toContain('<img');
  },
  60_000,
);

const VOID = new Set(['meta', 'input', '!doctype']);

/** Every element that is opened is closed, in order. */
function expectBalanced(text: string): void {
  const markup = text.replaceAll(/<(script|style)>[\s\S]*?<\/\1>/g, '');
  const open: string[] = [];
  for (const [tag, close, name = '', rest = ''] of markup.matchAll(
    /<(\/?)([!a-z][a-z0-9]*)((?:\s+[\w:-]+(?:="[^"<>]*")?)*\s*\/?)>/gi,
  )) {
    if (VOID.has(name) || rest.endsWith('/')) continue;
    if (close === '') open.push(name);
    else if (open.pop() !== name) throw new Error(`${tag} closes another element`);
  }
  expect(open).toEqual([]);
  const left = markup.replaceAll(/<\/?[!a-z][a-z0-9]*(?:\s+[\w:-]+(?:="[^"<>]*")?)*\s*\/?>/gi, '');
  expect(left).not.toMatch(/[<>]/);
}
