/** A fault comes in; the error that the record of a run keeps goes out. */
import { type Diagnostic } from '../../model/diagnostic.ts';
import type { TaskError } from '../../model/event.ts';
import { Fault } from '../../model/fault.ts';

/** Every error among the diagnostics stays on record, each with its place. An error that is no fault is a bug, and keeps its stack. */
export function errorOf(thrown: unknown): TaskError {
  if (!(thrown instanceof Fault)) {
    const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { name, message, code: 'DP9001', ...(stack === undefined ? {} : { stack }) };
  }
  const errors = thrown.diagnostics.filter(({ severity }) => severity === 'error');
  const [first, ...others] = errors.map(told);
  const { code, message } = thrown;
  return {
    ...(first ?? { name: 'Fault', message, code }),
    ...(others.length === 0 ? {} : { errors: others }),
  };
}

function told({ code, message, at, hint }: Diagnostic): TaskError {
  const place = at && { file: at.file, line: at.line, column: at.column };
  // Other hints are worded by who shows the code.
  return {
    name: 'Fault',
    message,
    code,
    ...place,
    ...(typeof hint === 'string' && { details: hint }),
  };
}
