/** Turns errors of SQLite into faults of dp. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type DiagnosticCode, Fault } from '../model/fault.ts';
import type { Hint } from '../model/hint.ts';

/** Returns whether another process has the lock, so that a retry may help. PROTOCOL is the WAL's equivalent of BUSY. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE.BUSY || code === SQLITE.LOCKED || code === SQLITE.PROTOCOL;
}

/** Returns the fault for an SQLite error on the database at `path`; any other error is returned as it is. */
export function faultOf(error: unknown, path: string, during: 'open' | 'use'): unknown {
  const code = isUnreadable(error) ? SQLITE.CORRUPT : resultCode(error);
  if (code === undefined) return error;
  const fault = (dp: DiagnosticCode, message: string, hint: Hint): Fault =>
    new Fault(dp, `${message}: ${path}`, { hint, cause: error });
  switch (code) {
    case SQLITE.BUSY:
    case SQLITE.LOCKED:
    case SQLITE.PROTOCOL:
      return fault(
        'DP8005',
        'the state database stayed locked by another process for a minute',
        'look for a stopped dp process (Ctrl-Z, a debugger) that uses this folder, and let it go on or end it',
      );
    case SQLITE.CORRUPT:
    case SQLITE.NOTADB:
      return fault(
        'DP8004',
        `the state database is damaged (${reason(error)})`,
        'move state.db, state.db-wal and state.db-shm aside; stored results stay, the record of runs starts anew',
      );
    case SQLITE.FULL:
      return fault('DP8002', 'no space left on the disk (ENOSPC)', 'make room and run again');
    case SQLITE.IOERR:
      return isFull(path)
        ? fault('DP8002', 'no space left on the disk (ENOSPC)', 'make room and run again')
        : fault('DP8002', `disk failure (${reason(error)})`, 'check the disk and its file system');
    case SQLITE.PERM:
    case SQLITE.READONLY:
    case SQLITE.CANTOPEN:
      return fault(
        during === 'open' ? 'DP8001' : 'DP8002',
        `cannot ${code === SQLITE.READONLY ? 'write' : 'open'} the state database (${reason(error)})`,
        [
          'check who owns the folder and whether its disk is mounted read-only',
          { do: 'chooseStateFolder' },
        ],
      );
    default:
      return error;
  }
}

/** Returns whether the database was altered: the statements fit every database that dp creates. */
function isUnreadable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isOutOfRange = 'code' in error && error.code === 'ERR_OUT_OF_RANGE';
  return isOutOfRange || (resultCode(error) === SQLITE.ERROR && UNFIT.test(error.message));
}

const UNFIT =
  /^no such (?:table|column)|^no such index| has no column | has \d+ columns but |already exists$|^malformed JSON|ON CONFLICT clause does not match/;

/** Primary result codes, https://www.sqlite.org/rescode.html */
const SQLITE = {
  ERROR: 1,
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  PROTOCOL: 15,
  NOTADB: 26,
} as const;

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!('errcode' in error)) return error.message;
  return `${error.message}, SQLite ${String(error.errcode)}`;
}

/** Returns whether the disk is full: SQLite reports some full disks as I/O errors, such as when the shared memory file cannot grow. */
function isFull(path: string): boolean {
  try {
    const disk = statfsSync(dirname(path));
    return disk.bavail * disk.bsize < 65_536;
  } catch {
    return false; // The folder is gone or unreadable: the I/O error explains more.
  }
}
