/** What goes wrong, as one throwable thing with the diagnostics that explain it. */
import { CATALOGUE, type DiagnosticCode, type FaultKind } from './catalogue.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Hint } from './hint.ts';

export { CATALOGUE, type DiagnosticCode, type FaultKind } from './catalogue.ts';

/** A failure that ends the command: the world's, the user's (with all diagnostics), or ours. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: DiagnosticCode;
  /** Never empty; all that is known, so that the user mends everything at once. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(
    code: DiagnosticCode,
    message: string,
    options: { hint?: Hint; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.diagnostics = [
      {
        code,
        severity: 'error',
        message,
        ...(options.hint === undefined ? {} : { hint: options.hint }),
      },
    ];
  }

  /** The first error decides the exit code. */
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

/** For switches that name every case: reaching it is our bug. */
export function impossible(value: never): never {
  throw new Fault('DP9001', `impossible case: ${JSON.stringify(value)}`);
}
