/** Any error comes in, the fault that it is reported as goes out. */
import { Fault } from '../../model/fault.ts';

/**
 * Returns the error as a Fault. A refusal of the operating system that no room of dp expected, such as a disk that fails in
 * the middle of a look, is one of the storage; any other error that is no Fault is a bug in dp.
 */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const message = error instanceof Error ? error.message : String(error);
  return isRefusal(error)
    ? new Fault('DP8002', message, { cause: error, hint: 'check the disk and its file system' })
    : new Fault('DP9001', message, {
        cause: error,
        hint: 'please report this, with the text below',
      });
}

const isRefusal = (error: unknown): boolean =>
  error instanceof Error &&
  'syscall' in error &&
  'code' in error &&
  REFUSALS.has(String(error.code));

/** What a disk, a share or a limit of the machine answers; a mistake of the caller, such as ENOENT or EINVAL, is none of them. */
const REFUSALS: ReadonlySet<string> = new Set([
  'EACCES',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENODEV',
  'ENOMEM',
  'ENOSPC',
  'ENXIO',
  'EPERM',
  'EROFS',
  'ESTALE',
  'ETIMEDOUT',
]);
