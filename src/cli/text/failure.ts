/** The failure of a command: its diagnostics, as text or JSON. */
import { Fault } from '../../model/fault.ts';
import { diagnosticsJson, document } from '../../views/json.ts';
import { harmless, type Terminal } from '../console/terminal.ts';
import { diagnosticsText } from './diagnostics.ts';
import { hintText } from './hint.ts';

export function reportFailure(error: unknown, terminal: Terminal, json: boolean): void {
  const fault = faultOf(error);
  if (json) {
    terminal.out(document({ diagnostics: diagnosticsJson(fault.diagnostics, hintText) }));
    return;
  }
  terminal.err(diagnosticsText(fault.diagnostics, terminal));
  // Only the developers of dp can use a stack trace.
  if (fault.code === 'DP9001') terminal.err(`${harmless(traceOf(fault))}\n`);
}

/** Returns the error as a Fault. An error that is no Fault is a bug in dp. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Fault('DP9001', message, {
    cause: error,
    hint: 'please report this, with the text below',
  });
}

function traceOf(fault: Fault): string {
  const { cause } = fault;
  return cause instanceof Error ? (cause.stack ?? cause.message) : (fault.stack ?? fault.message);
}
