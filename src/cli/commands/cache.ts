import {
  cacheEntries,
  cacheStats,
  type ListedEntry,
  verifyCache,
} from '../../app/maintenance/cache.ts';
import { collectCache } from '../../app/maintenance/gc.ts';
import type { Housekeeping } from '../../app/project/housekeeping.ts';
import { Fault } from '../../model/fault.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { CommandContext } from '../console/context.ts';
import { document, isoTime } from '../../views/json.ts';
import { inputName } from '../../views/reasons.ts';
import { bytesText, counted, durationText } from '../../views/amounts.ts';
import { openHome } from '../console/state.ts';

export interface CacheOptions {
  readonly fix?: boolean;
}

export async function cache(
  context: CommandContext,
  { fix = false }: CacheOptions,
  verb: keyof typeof VERBS,
): Promise<ExitCode> {
  if (fix && verb !== 'verify')
    throw new Fault('DP2001', `\`dp cache ${verb}\` fixes nothing`, {
      hint: 'only `dp cache verify` takes --fix',
    });
  using home = openHome(context, verb === 'gc' || fix ? 'write' : 'read');
  return await VERBS[verb](context, home, fix);
}

const VERBS = { ls: list, stats, verify, gc } as const;

function list({ terminal, json }: CommandContext, home: Housekeeping): ExitCode {
  const now = Date.now();
  const entries = [...cacheEntries(home)];
  if (json) terminal.out(document({ entries: entries.map(entryJson) }));
  else if (entries.length === 0) terminal.err(`the cache in ${home.folder} is empty\n`);
  else for (const entry of entries) terminal.out(`${entryLine(entry, now)}\n`);
  return EXIT.ok;
}

function stats({ terminal, json }: CommandContext, home: Housekeeping): ExitCode {
  const found = cacheStats(home, Date.now());
  if (json) {
    terminal.out(document({ ...found }));
    return EXIT.ok;
  }
  const { entries, expired, bytes, hits, savedMs } = found;
  terminal.out(
    `${counted(entries, 'entry', 'entries')} (${expired} expired), ${bytesText(bytes)}\n` +
      `${counted(hits, 'hit')} in the runs on record, which saved ${durationText(savedMs)}\n`,
  );
  return EXIT.ok;
}

async function verify(
  { terminal, json }: CommandContext,
  home: Housekeeping,
  fix: boolean,
): Promise<ExitCode> {
  const dangling = await verifyCache(home, fix && home.isWritable);
  if (json) {
    const entries = dangling.map(({ key, task, run }) => ({ key, task, runId: run }));
    terminal.out(document({ hollow: entries, dropped: fix }));
  } else {
    for (const { key, task, run } of dangling)
      terminal.out(`${key.slice(0, 16)}  ${task}  the result in run ${run} is gone or altered\n`);
    const done = fix ? 'dropped' : 'to drop with --fix';
    terminal.out(
      dangling.length === 0
        ? 'every entry points to an intact result\n'
        : `${counted(dangling.length, 'entry', 'entries')} ${done}\n`,
    );
  }
  return dangling.length === 0 || fix ? EXIT.ok : EXIT.taskFailed;
}

async function gc({ terminal, json }: CommandContext, home: Housekeeping): Promise<ExitCode> {
  const { cacheEntries: entries, results, staged, bytes } = await collectCache(home, Date.now());
  if (json) terminal.out(document({ cacheEntries: entries, results, staged, bytes }));
  else
    terminal.out(
      `removed ${counted(entries, 'expired entry', 'expired entries')}, ${counted(results, 'result')}, ${bytesText(bytes)}\n`,
    );
  return EXIT.ok;
}

function entryJson(entry: ListedEntry): object {
  const { key, pipeline, task, run, bytes, storedAt, expiresAt, notes = [] } = entry;
  return {
    key,
    pipeline: pipeline ?? null,
    task,
    runId: run,
    bytes,
    storedAt: isoTime(storedAt),
    expiresAt: expiresAt === null ? null : isoTime(expiresAt),
    inputs: notes.map(inputName),
  };
}

function entryLine(entry: ListedEntry, now: number): string {
  const { key, pipeline = '-', task, run, bytes, storedAt, expiresAt } = entry;
  const age = `${durationText(Math.max(0, now - storedAt))} old`;
  const end =
    expiresAt === null
      ? 'kept for ever'
      : expiresAt <= now
        ? 'expired'
        : `expires in ${durationText(expiresAt - now)}`;
  return `${key.slice(0, 16)}  ${`${pipeline}/${task}`.padEnd(24)}  ${run}  ${bytesText(bytes).padStart(8)}  ${age}, ${end}`;
}
