/** The failure of a command: its diagnostics, as text or JSON. */
import type { Fault } from '../../model/fault.ts';
import { diagnosticsJson, document } from '../../views/json.ts';
import { faultOf } from '../console/fault-of.ts';
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

function traceOf(fault: Fault): string {
  const { cause } = fault;
  return cause instanceof Error ? (cause.stack ?? cause.message) : (fault.stack ?? fault.message);
}
