/** Reports for code scanners and editors: failures, and warnings of the plan, as SARIF. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { EndedRun } from '../../views/ended-run.ts';
import { sarifText } from '../text/sarif.ts';
import { diagnosticsOf } from './failure-diagnostics.ts';
import type { ReportFile } from './report-file.ts';
import type { Reporter } from './reporter.ts';

export class SarifReporter implements Reporter {
  readonly #file: ReportFile;
  readonly #base: string;

  /** `base`: the folder that paths are relative to. */
  constructor(file: ReportFile, base: string) {
    this.#file = file;
    this.#base = base;
  }

  ended(ended: EndedRun): void {
    this.faulted(diagnosticsOf(ended));
  }

  faulted(diagnostics: readonly Diagnostic[]): void {
    this.#file.write(sarifText(diagnostics, this.#base));
  }
}
