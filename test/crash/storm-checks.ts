/** What has to hold once a storm is over: of the processes, of each state directory, and of each run in it. */
import { existsSync, globSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../waiting.ts';
import type { Dp, Said } from './aftermath.ts';
import { HELD_TWICE, OUTLIVED, type PipelineName, reportOf } from './storm-project.ts';
import { KEPT_RUNS, type State, type Step } from './storm-steps.ts';

export interface Performed {
  readonly step: Step;
  readonly said: Said;
  readonly pid: number;
  /** Signals that reached the process before it ended. */
  readonly hit: ReadonlySet<NodeJS.Signals>;
}

const EXECUTING = new Set(['run', 'resume', 'retry', 'recover']);

/** Returns what is wrong with the way in which one process ended. */
export function badEnd({ step, said, hit }: Performed): string[] {
  const text = `${said.out}\n${said.err}`;
  const wrong: string[] = [];
  if (/DP9\d{3}|\bFault:|^\s+at .*dp\.cjs/m.test(text)) wrong.push('it tells of a bug in dp');
  const allowed = [0, ...(CODES[step.verb] ?? [2])];
  if (EXECUTING.has(step.verb) || hit.size > 0) allowed.push(130, 143);
  const isKilled =
    said.code === null &&
    ['SIGKILL', 'SIGINT', 'SIGTERM'].some((s) => hit.has(s as NodeJS.Signals));
  if (!isKilled && !allowed.includes(said.code ?? -1)) wrong.push(`it ends with ${said.code}`);
  return wrong.map(
    (what) =>
      `dp ${step.words.join(' ')} (${[...hit].join(' ') || 'undisturbed'}): ${what}: ${tail(text)}`,
  );
}

/** Exit codes beside 0 that each verb may have: a failed task, a run that is not there, one that somebody holds. */
const CODES: Readonly<Record<string, readonly number[]>> = {
  run: [1, 6],
  resume: [1, 2, 6],
  retry: [1, 2, 6],
  recover: [1, 6],
  cancel: [2, 6],
  export: [2, 6],
  import: [2, 6],
  doctor: [],
  fix: [],
  runs: [],
  pools: [],
  gc: [],
  cache: [],
};

const tail = (text: string): string => text.trim().slice(-1_200);

/** Returns what outlived the processes that were started, and what tasks noticed of each other. */
export async function leftBehind(folder: string, killed: ReadonlySet<number>): Promise<string[]> {
  const patience = AbortSignal.timeout(10_000);
  let left: string[] = [];
  await until(() => (left = processesBelow(folder)).length === 0 || patience.aborted);
  const wrong = left.map((process) => `a process is left: ${process}`);
  for (const line of linesOf(join(folder, OUTLIVED))) {
    const [child = '', parent] = line.split(' ');
    if (!killed.has(Number(parent))) wrong.push(`child ${child} of a thread outlived dp ${parent}`);
  }
  for (const task of linesOf(join(folder, HELD_TWICE)))
    wrong.push(`task ${task} held the slot of a pool beside another task`);
  for (const file of [OUTLIVED, HELD_TWICE]) rmSync(join(folder, file), { force: true });
  return wrong;
}

const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];

function processesBelow(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const isBelow = readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
        return isBelow ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
      } catch {
        return []; // It has just ended, or belongs to another user.
      }
    });
}

export interface ListedRun {
  readonly runId: string;
  readonly pipeline: PipelineName;
  readonly status: string;
  readonly startedAt: string;
  readonly imported?: object;
}

export interface Calm {
  readonly folder: string;
  readonly state: State;
  readonly dp: Dp;
  /** Runs that were on record before, or whose process ended by itself since. */
  readonly known: readonly ListedRun[];
  readonly begun: ReadonlySet<string>;
  readonly isCollected: boolean;
  /** Runs whose result was compared in an earlier round, with the number of their events. */
  readonly compared: Map<string, number>;
}

/** Brings every run of a state directory to its end, and returns what is wrong. */
export async function calmDown(calm: Calm): Promise<string[]> {
  const { dp, state } = calm;
  const wrong: string[] = [];
  const before = await listed(dp);
  wrong.push(...lost(calm, before));
  const recovered = await dp('recover');
  if (![0, 6].includes(recovered.code ?? -1))
    wrong.push(`recover ends with ${recovered.code}: ${tail(recovered.err)}`);
  for (const { runId, imported, status } of before) {
    if (imported === undefined || status === 'succeeded') continue;
    const now = (await listed(dp)).find((run) => run.runId === runId);
    if (now?.imported === undefined || now.status !== status)
      wrong.push(`recover touched the imported run ${runId}: ${status}, then ${now?.status}`);
  }
  for (const run of (await listed(dp)).toReversed()) wrong.push(...(await bringToEnd(calm, run)));
  wrong.push(...(await tidied(calm)));
  return wrong.map((what) => `state ${state}: ${what}`);
}

export async function listed(dp: Dp): Promise<ListedRun[]> {
  const { out } = await dp('runs', '--json', '--limit', '1000');
  return (JSON.parse(out) as { runs: ListedRun[] }).runs;
}

/** Returns the runs that nobody may have removed, and that are not listed. */
function lost({ known, begun, isCollected }: Calm, there: readonly ListedRun[]): string[] {
  const now = new Set(there.map(({ runId }) => runId));
  const missing = [...new Set([...begun, ...known.map(({ runId }) => runId)])].filter(
    (id) => !now.has(id),
  );
  // gc removes what ended and is not among the newest.
  const isExplained = isCollected && now.size >= KEPT_RUNS;
  return isExplained ? [] : missing.map((id) => `the run ${id} is lost`);
}

/** Resumes a run that did not succeed, and compares what it gives and what is on record of it. */
async function bringToEnd({ dp, compared }: Calm, run: ListedRun): Promise<string[]> {
  const { runId, pipeline } = run;
  const wrong: string[] = [];
  const status = (await listed(dp)).find((one) => one.runId === runId)?.status;
  if (status !== 'succeeded') {
    const { code, err } = await dp('resume', runId);
    if (code !== 0) wrong.push(`${status}, resume ends with ${code}: ${tail(err)}`);
  }
  const lines = (await dp('events', runId, '--json')).out.split('\n').filter(Boolean);
  if (compared.get(runId) === lines.length) return [];
  const events = lines.map((line) => JSON.parse(line) as RunEvent);
  const n = events[0]?.data.params?.n ?? NaN;
  const { out, err } = await dp('output', runId, 'report', '--json');
  if (out !== reportOf(pipeline, n)) wrong.push(`report of ${pipeline} ${n} is ${out}${tail(err)}`);
  wrong.push(...twofold(events));
  if (wrong.length === 0) compared.set(runId, lines.length);
  return wrong.map((what) => `run ${runId} of ${pipeline}: ${what}`);
}

interface RunEvent {
  readonly topic: string;
  readonly id: string;
  readonly task?: string;
  readonly attempt?: number;
  readonly element?: number;
  readonly data: { readonly params?: { readonly n?: number } };
}

const OUTCOMES = /^run\.task\.(succeeded|failed|timed_out|cancelled|retrying|cached)$/;
const HOOKS = new Set(['alarm', 'cleanUp']);

/** Returns attempts with two outcomes, and tasks that succeeded twice. */
function twofold(events: readonly RunEvent[]): string[] {
  const wrong: string[] = [];
  const seen = new Map<string, string>();
  for (const { topic, id, task = '', attempt, element } of events) {
    const [, outcome] = OUTCOMES.exec(topic) ?? [];
    if (outcome === undefined || HOOKS.has(task)) continue;
    const unit = `${task} ${element ?? ''}`;
    const [, epoch] = /-(\d+)-\d+$/.exec(id) ?? [];
    const isFinal = outcome === 'succeeded' || outcome === 'cached';
    for (const one of [`${epoch} ${unit} ${attempt}`, ...(isFinal ? [`success of ${unit}`] : [])]) {
      if (seen.has(one)) wrong.push(`${one} has two outcomes: ${seen.get(one)}, ${outcome}`);
      seen.set(one, outcome);
    }
  }
  return wrong;
}

/** Returns what is still untidy after gc and `doctor --fix`. */
async function tidied({ dp, folder, state }: Calm): Promise<string[]> {
  const wrong: string[] = [];
  const doctor = await dp('doctor', '--json');
  if (doctor.code !== 0)
    wrong.push(`doctor ends with ${doctor.code}: ${tail(doctor.out + doctor.err)}`);
  const gc = await dp('gc', '--keep-runs', String(KEPT_RUNS));
  if (gc.code !== 0) wrong.push(`gc ends with ${gc.code}: ${tail(gc.err)}`);
  await dp('doctor', '--fix');
  const again = await dp('doctor', '--json');
  const { checks = [] } = JSON.parse(again.out || '{}') as {
    checks?: { status: string; findings: unknown[] }[];
  };
  const findings = checks.flatMap((check) => check.findings);
  if (again.code !== 0 || findings.length > 0)
    wrong.push(`doctor still finds ${again.code}: ${JSON.stringify(findings)}`);
  for (const path of globSync('**/*', { cwd: join(folder, state), withFileTypes: true })) {
    const name = join(path.parentPath, path.name).slice(join(folder, state).length + 1);
    if (path.isFile() && !ORDERLY.test(name)) wrong.push(`the file ${name} is left`);
  }
  return wrong;
}

const ORDERLY =
  /^(state\.db(-wal|-shm)?|reserve|\.gitignore|runs\/[^/]+\/(results|logs)\/[^.][^\n]*)$/;
