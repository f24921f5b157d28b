/** Points of a run, by system call: how often each thread makes which, and dp ended or refused at the nth. */
import { readFileSync } from 'node:fs';

/** What dp is ended at: whatever it does to files. */
export const KILLED_AT = [
  'openat',
  'write',
  'pwrite64',
  'rename',
  'mkdir',
  'unlink',
  'ftruncate',
  'fsync',
  'fdatasync',
  'close',
] as const;

/** What a disk refuses; `write` would hit the pipes that Node itself lives on. */
export const REFUSED_AT = [
  'pwrite64',
  'rename',
  'mkdir',
  'ftruncate',
  'fsync',
  'fdatasync',
] as const;

export type SystemCall = (typeof KILLED_AT)[number];

export interface Point {
  readonly kind: string;
  readonly call: SystemCall;
  readonly nth: number;
  /** In the words of strace: `signal=SIGKILL`, `error=EIO`. */
  readonly inject: string;
}

/** Every thread and process; what they do otherwise goes on at full speed. */
const STRACE = ['strace', '-f', '-qq', '--seccomp-bpf'];

export const counting = (log: string): string[] =>
  STRACE.concat('-e', `trace=${KILLED_AT.join(',')}`, '-o', log);

/** strace counts in each thread for itself. */
export const injecting = ({ call, nth, inject }: Point): string[] =>
  STRACE.concat('-e', `trace=${call}`, '-e', `inject=${call}:${inject}:when=${nth}`).concat(
    '-o',
    '/dev/null',
  );

/** By call: the numbers it has in some thread once the state folder has been touched. */
export function numbersIn(log: string): ReadonlyMap<SystemCall, readonly number[]> {
  const counts = new Map<string, number>();
  const numbers = new Map<SystemCall, Set<number>>();
  let hasBegun = false;
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    hasBegun ||= line.includes('/.dp');
    const [, thread = '', call = ''] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (!isKnown(call)) continue;
    const count = (counts.get(`${thread} ${call}`) ?? 0) + 1;
    counts.set(`${thread} ${call}`, count);
    if (!hasBegun) continue;
    const known = numbers.get(call) ?? new Set();
    numbers.set(call, known.add(count));
  }
  return new Map([...numbers].map(([call, known]) => [call, [...known].sort((a, b) => a - b)]));
}

/** So many points, spread evenly over every call and over its numbers. */
export function spread(
  { kind, inject, calls }: { kind: string; inject: string; calls: readonly SystemCall[] },
  numbers: ReadonlyMap<SystemCall, readonly number[]>,
  count: number,
): Point[] {
  const points: Point[] = [];
  let left = count;
  const present = calls
    .map((call) => ({ call, all: numbers.get(call) ?? [] }))
    .filter(({ all }) => all.length > 0)
    .sort((a, b) => a.all.length - b.all.length);
  for (const [place, { call, all }] of present.entries()) {
    const share = Math.min(all.length, Math.ceil(left / (present.length - place)));
    for (let i = 0; i < share; i++)
      points.push({ kind, inject, call, nth: all[Math.floor((i * all.length) / share)]! });
    left -= share;
  }
  return points;
}

const isKnown = (call: string): call is SystemCall =>
  (KILLED_AT as readonly string[]).includes(call);
