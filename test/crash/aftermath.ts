/** What has to hold after dp was ended in the middle of a run, wherever it was and by whatever. */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { EXPECTED, ranIn } from './victim.ts';

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs dp to its end in the victim's folder. */
export type Dp = (...words: readonly string[]) => Promise<Said>;

export interface Scene {
  /** Where dp is called. */
  readonly folder: string;
  /** Where its state lies. */
  readonly state?: string;
  /** Results that are on record may be gone, and are made again. */
  readonly losesResults?: boolean;
}

/** What is wrong; nothing, when the state is sound and the run can be brought to the end that it would have had. */
export async function aftermath(
  { folder, state = join(folder, '.dp'), losesResults = false }: Scene,
  dp: Dp,
): Promise<string[]> {
  const wrong: string[] = [];
  const sound = async (when: string): Promise<void> => {
    const doctor = await dp('doctor');
    if (doctor.code !== 0) wrong.push(`${when}: dp doctor says: ${told(doctor)}`);
  };
  const isState = existsSync(join(state, 'state.db'));
  if (isState && !losesResults) await sound('afterwards');
  const run = isState ? await lastRun(dp) : undefined;
  const before = ranIn(folder).length;
  if (run?.status !== 'succeeded') {
    const again = await (run === undefined ? dp('run', 'p.yaml') : dp('resume', run.runId));
    if (again.code !== 0)
      wrong.push(
        `dp ${run === undefined ? 'run' : 'resume'} ends with ${again.code}: ${told(again)}`,
      );
  }
  const twice = ranIn(folder)
    .slice(before)
    .filter((task) => run?.done.has(task) === true);
  if (twice.length > 0 && !losesResults)
    wrong.push(`had succeeded and ran again: ${twice.join(', ')}`);
  const report = await dp('output', 'last', 'report', '--json');
  if (report.out !== EXPECTED) wrong.push(`the result is ${told(report)}`);
  const [first] = (await dp('events', 'last', '--json')).out.split('\n', 1);
  if (first?.includes('"run.started"') !== true) wrong.push(`the record begins with ${first}`);
  await sound('in the end');
  const left = processesIn(folder);
  if (left.length > 0) wrong.push(`processes are left: ${left.join(', ')}`);
  return wrong;
}

interface LastRun {
  readonly runId: string;
  readonly status: string;
  /** Tasks that have succeeded. */
  readonly done: ReadonlySet<string>;
}

async function lastRun(dp: Dp): Promise<LastRun | undefined> {
  const runs = JSON.parse((await dp('runs', '--json')).out) as { runs: { runId: string }[] };
  const runId = runs.runs[0]?.runId;
  if (runId === undefined) return undefined;
  const shown = await dp('show', runId, '--json');
  const { status, tasks } = JSON.parse(shown.out) as {
    status: string;
    tasks: Record<string, { status: string }>;
  };
  const done = Object.entries(tasks)
    .filter(([, task]) => task.status === 'succeeded' || task.status === 'cached')
    .map(([name]) => name);
  return { runId, status, done: new Set(done) };
}

const told = ({ out, err }: Said): string => `${out}${err}`.trim().slice(0, 600);

/** Whoever started them. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === folder;
      } catch {
        // It has just ended, or is another user's.
        return false;
      }
    });
}
