import { expect } from 'vitest';
import { Fault } from '../../src/model/fault.ts';

/** Matches a fault of this code. */
export function fault(code: string, message = /./): unknown {
  return expect.toSatisfy(
    (error: unknown) =>
      error instanceof Fault && error.code === code && message.test(error.message),
    `a fault ${code} that says ${String(message)}`,
  );
}
