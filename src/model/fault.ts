/** A failure as one throwable error with the diagnostics that explain it. */
import { CATALOGUE, type DiagnosticCode, type FaultKind } from './catalogue.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Hint } from './hint.ts';

export { CATALOGUE, type DiagnosticCode, type FaultKind } from './catalogue.ts';

/**
 * The error that dp throws for every failure it knows, whether the user, the environment or dp itself is at fault.
 * A caller decides by `kind` how to answer and by `code` what to handle; `diagnostics` say what to show.
 * Any other error that dp throws is a bug, or comes from the caller's own code.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: DiagnosticCode;
  /** Never empty; holds everything that is known to be wrong, so that the user can fix it all at once. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(
    code: DiagnosticCode,
    message: string,
    { hint, cause }: { hint?: Hint | undefined; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.diagnostics = [
      { code, severity: 'error', message, ...(hint === undefined ? {} : { hint }) },
    ];
  }

  /** Returns a fault with the code and the message of the first error among the diagnostics. */
  static of(diagnostics: readonly Diagnostic[]): Fault {
    const first =
      diagnostics.find((diagnostic) => diagnostic.severity === 'error') ?? diagnostics[0];
    if (first === undefined) return new Fault('DP9001', 'a fault without a diagnostic');
    const fault = new Fault(first.code, first.message);
    return Object.assign(fault, { diagnostics });
  }

  get kind(): FaultKind {
    return CATALOGUE[this.code].kind;
  }
}

/** Marks the end of a switch that names every case: reaching it is a bug in dp. */
export function impossible(value: never): never {
  throw new Fault('DP9001', `impossible case: ${JSON.stringify(value)}`);
}
