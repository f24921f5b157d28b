/** `--json`: the run as one document, when it has ended. A command that fails gives its diagnostics as that document itself. */
import type { EndedRun } from '../ended-run.ts';
import { document, runJson } from '../json.ts';
import type { Terminal } from '../terminal.ts';
import type { Reporter } from './reporter.ts';

export class JsonReporter implements Reporter {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  ended({ run }: EndedRun): void {
    this.#terminal.out(document(runJson(run)));
  }
}
