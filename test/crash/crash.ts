/**
 * The crash matrix, `make crash`: dp is killed, asked to end, refused the disk and cut off from power at hundreds of points
 * of a real run. After each the state is sound, the run can be brought to its end, and nothing is done twice.
 * SCALE=0.1 tries a tenth of the points. Needs strace, and a user who may mount.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { aftermath, type Dp, type Said } from './aftermath.ts';
import { Image, canMount } from './power-cut.ts';
import { call, installDp } from './real-dp.ts';
import {
  counting,
  injecting,
  KILLED_AT,
  numbersIn,
  REFUSED_AT,
  spread,
  type Point,
} from './system-calls.ts';
import { writeVictim } from './victim.ts';

/** What a disk that refuses may end with: nothing noticed, a task that failed, or the state. */
const CLEAR_ENDS: readonly (number | null)[] = [0, 1, 74];
const SIDE_BY_SIDE = 2;

interface Attempt {
  readonly kind: string;
  readonly name: string;
  readonly run: () => Promise<string[]>;
}

const scale = Number(process.env['SCALE'] ?? 1);
const scaled = (count: number): number => Math.max(1, Math.round(count * scale));

execFileSync(join(import.meta.dirname, '../servers/setup'), ['strace'], { stdio: 'inherit' });
const { folder: home, command } = await installDp();
const cache = join(home, 'cache');
let places = 0;
try {
  const attempts = [...(await bySystemCall()), ...onFullDisks(), ...powerCuts()];
  process.exitCode = report(await all(attempts));
} finally {
  rmSync(home, { recursive: true, force: true });
}

function newPlace(): string {
  const folder = join(home, `victim-${++places}`);
  writeVictim(folder);
  return folder;
}

function dpIn(cwd: string, env: Readonly<Record<string, string>> = {}): Dp {
  return (...words) => call({ command: [...command, ...words], cwd, cache, env });
}

// --- Kills and refusals, by system call -------------------------------------------------------------

async function bySystemCall(): Promise<Attempt[]> {
  const folder = newPlace();
  const run = [...command, 'run', 'p.yaml'];
  // Once for what is derived and kept, once to be counted.
  await call({ command: run, cwd: folder, cache });
  rmSync(join(folder, '.dp'), { recursive: true });
  const log = join(home, 'calls.txt');
  await call({ command: [...counting(log), ...run], cwd: folder, cache });
  const numbers = numbersIn(log);
  const points = [
    ...spread(
      { kind: 'SIGKILL', inject: 'signal=SIGKILL', calls: KILLED_AT },
      numbers,
      scaled(310),
    ),
    ...spread({ kind: 'SIGTERM', inject: 'signal=SIGTERM', calls: KILLED_AT }, numbers, scaled(40)),
    ...spread({ kind: 'EIO', inject: 'error=EIO', calls: REFUSED_AT }, numbers, scaled(30)),
    ...spread({ kind: 'EROFS', inject: 'error=EROFS', calls: REFUSED_AT }, numbers, scaled(20)),
    ...spread({ kind: 'ENOSPC', inject: 'error=ENOSPC', calls: REFUSED_AT }, numbers, scaled(20)),
  ];
  return points.map((point) => ({
    kind: point.kind,
    name: `${point.kind} at ${point.call} ${point.nth}`,
    run: () => atPoint(point),
  }));
}

async function atPoint(point: Point): Promise<string[]> {
  const folder = newPlace();
  const words = [...injecting(point), ...command, 'run', 'p.yaml'];
  const said = await call({ command: words, cwd: folder, cache });
  const unclear = point.inject.startsWith('error=') ? unclearEnd(said) : [];
  const wrong = [...unclear, ...(await aftermath({ folder }, dpIn(folder)))];
  rmSync(folder, { recursive: true, force: true });
  return wrong;
}

function unclearEnd({ code, out, err }: Said): string[] {
  if (!CLEAR_ENDS.includes(code)) return [`dp run ended with ${code}: ${out}${err}`.slice(0, 600)];
  return code === 74 && !/DP\d{4}/.test(err) ? [`no diagnostic: ${err}`] : [];
}

// --- Disks that fill up -----------------------------------------------------------------------------

function onFullDisks(): Attempt[] {
  const sizes = Array.from({ length: scaled(10) }, (_, i) => 16 + i * 24);
  return sizes.map((kibibytes) => ({
    kind: 'full disk',
    name: `a disk of ${kibibytes} KiB`,
    run: () => onFullDisk(kibibytes),
  }));
}

async function onFullDisk(kibibytes: number): Promise<string[]> {
  const folder = newPlace();
  const state = join(folder, '.dp');
  mkdirSync(state);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', state]);
  try {
    const said = await dpIn(folder)('run', 'p.yaml');
    execFileSync('mount', ['-o', 'remount,size=64m', state]);
    return [...unclearEnd(said), ...(await aftermath({ folder }, dpIn(folder)))];
  } finally {
    execFileSync('umount', [state]);
    rmSync(folder, { recursive: true, force: true });
  }
}

// --- Power cuts -------------------------------------------------------------------------------------

function powerCuts(): Attempt[] {
  const folder = join(home, 'power');
  mkdirSync(folder);
  if (!canMount(folder)) {
    process.stdout.write('no power cuts: this user may not mount an image\n');
    return [];
  }
  const count = scaled(20);
  return Array.from({ length: count }, (_, i) => ({
    kind: 'power cut',
    name: `power cut ${i + 1} of ${count}`,
    // The last ones come when the run is over: what was reported stays.
    run: () => powerCut(i < count * 0.8 ? 100 + i * 60 : undefined),
  }));
}

/** Undefined: after the run has ended. */
async function powerCut(afterMs: number | undefined): Promise<string[]> {
  const folder = newPlace();
  const wrong: string[] = [];
  let cut: string;
  let reported = false;
  {
    using disk = new Image(folder);
    const state = join(disk.mounted, 'state');
    const child = spawn(command[0]!, [...command.slice(1), 'run', 'p.yaml'], {
      cwd: folder,
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], HOME: cache, XDG_CACHE_HOME: cache, DP_STATE_DIR: state },
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    if (afterMs === undefined) reported = (await ended) === 0;
    else await sleep(afterMs);
    child.kill('SIGKILL');
    cut = disk.cut();
    await ended;
  }
  using disk = new Image(folder, cut);
  const state = join(disk.mounted, 'state');
  const dp = dpIn(folder, { DP_STATE_DIR: state });
  if (reported) {
    const { out } = await dp('runs', '--json');
    if (!out.includes('"succeeded"')) wrong.push(`it had succeeded, and now: ${out}`);
  }
  wrong.push(...(await aftermath({ folder, state, losesResults: !reported }, dp)));
  return wrong;
}

// --- All of them ------------------------------------------------------------------------------------

interface Result {
  readonly attempt: Attempt;
  readonly wrong: readonly string[];
}

async function all(attempts: readonly Attempt[]): Promise<Result[]> {
  const results: Result[] = [];
  const queue = [...attempts];
  const work = async (): Promise<void> => {
    for (let attempt; (attempt = queue.shift()) !== undefined;) {
      const wrong = await attempt.run().catch((error: unknown) => [String(error)]);
      results.push({ attempt, wrong });
      for (const what of wrong) process.stdout.write(`${attempt.name}: ${what}\n`);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return results;
}

function report(results: readonly Result[]): number {
  const kinds = [...new Set(results.map(({ attempt }) => attempt.kind))];
  process.stdout.write('\nkind        points  passed  failed\n');
  const row = (name: string, of: readonly Result[]): void => {
    const failed = of.filter(({ wrong }) => wrong.length > 0).length;
    const numbers = [of.length, of.length - failed, failed];
    const cells = numbers.map((number) => String(number).padStart(8)).join('');
    process.stdout.write(`${name.padEnd(10)}${cells}\n`);
  };
  for (const kind of kinds)
    row(
      kind,
      results.filter(({ attempt }) => attempt.kind === kind),
    );
  row('all', results);
  return results.every(({ wrong }) => wrong.length === 0) ? 0 : 1;
}
