/** Reports for `--json`: the run as one document, when it has ended. A command that fails prints its diagnostics as that document itself. */
import type { EndedRun } from '../../views/ended-run.ts';
import { diagnosticsJson, document, runJson } from '../../views/json.ts';
import type { Terminal } from '../console/terminal.ts';
import type { Reporter } from './reporter.ts';
import { hintText } from '../text/hint.ts';

export class JsonReporter implements Reporter {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  ended({ run, findings }: EndedRun): void {
    const warnings = findings.length === 0 ? {} : { warnings: diagnosticsJson(findings, hintText) };
    this.#terminal.out(document({ ...runJson(run), ...warnings }));
  }
}
