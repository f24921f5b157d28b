/** The number of jobs that this process can hold at once: each takes open files, memory, and memory mappings. */
import { readFileSync } from 'node:fs';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { Fault } from '../../model/fault.ts';
import type { Mebibytes } from '../../model/ids.ts';

/** The resources that this process may use. Infinity where the system does not tell. */
export interface Means {
  readonly openFiles: number;
  /** Memory that is free, or that can be made free. */
  readonly memoryMiB: Mebibytes;
  /** Areas of memory, of which each thread's heap is made. */
  readonly mappings: number;
  /** So many jobs are usual, and run with little memory too. */
  readonly cores: number;
}

export interface JobLimit {
  /** Number of jobs at once. */
  readonly jobs: number;
  /** The resource that allows no more jobs; absent when all that were asked for run. */
  readonly by?: 'openFiles' | 'memoryMiB' | 'mappings';
}

/** The resources that a run needs itself, and those that each job adds. */
interface Need {
  readonly own: number;
  readonly perJob: number;
}

/** Event loop, state, log, and what Node opens while it loads modules: 27, and some at once. A thread, process or command with its pipes: 5, and a file that its task uses. */
const FILES: Need = { own: 40, perJob: 6 };
/** Measured: a process of 100, and 12 for a thread that has loaded a small module. */
const MEMORY: Need = { own: 128, perJob: 16 };
/** Measured: 230, and 45 for a thread. */
const MAPPINGS: Need = { own: 500, perJob: 48 };

const BYTES_PER_MIB = 2 ** 20;

/** Returns the jobs that were asked for, or as many as there is room for. Throws DP8002 when open files do not allow one. */
export function jobsWithin(
  jobs: number,
  { openFiles, memoryMiB, mappings, cores }: Means,
): JobLimit {
  const least = FILES.own + FILES.perJob;
  if (openFiles < least)
    throw new Fault(
      'DP8002',
      `a run needs ${least} open files, but this process may have ${openFiles} (EMFILE)`,
      { hint: 'raise the limit of open files: `ulimit -n 1024`' },
    );
  const limits: readonly JobLimit[] = [
    { jobs: roomFor(FILES, openFiles), by: 'openFiles' },
    { jobs: Math.max(roomFor(MEMORY, memoryMiB), cores), by: 'memoryMiB' },
    { jobs: Math.max(roomFor(MAPPINGS, mappings), 1), by: 'mappings' },
  ];
  return limits.reduce((lowest, each) => (each.jobs < lowest.jobs ? each : lowest), { jobs });
}

const roomFor = ({ own, perJob }: Need, available: number): number =>
  Math.floor((available - own) / perJob);

export function meansOfThisProcess(): Means {
  const limits = textOf('/proc/self/limits');
  return {
    // Even that file may be one too many.
    openFiles: limits === 'EMFILE' ? 0 : numberIn(limits, /^Max open files\s+(\d+)/m),
    memoryMiB: Math.floor(availableMemory() / BYTES_PER_MIB),
    mappings: numberIn(textOf('/proc/sys/vm/max_map_count'), /^(\d+)$/m),
    cores: availableParallelism(),
  };
}

/** Returns the free memory in bytes. Only Linux tells how much could be made free; a container may allow less. */
function availableMemory(): number {
  const ofMachine = process.platform === 'linux' ? freemem() : totalmem();
  const ofContainer = process.constrainedMemory();
  if (ofContainer === 0) return ofMachine;
  return Math.min(ofMachine, ofContainer - process.memoryUsage.rss());
}

/** Returns the text of a file of the system, or the code of the error where it cannot be read. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

function numberIn(text: string, pattern: RegExp): number {
  const [, found] = pattern.exec(text) ?? [];
  return found === undefined ? Infinity : Number(found);
}
