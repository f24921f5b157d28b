/** Reports to a file: the summary of the run as a Markdown page. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { EndedRun } from '../../views/ended-run.ts';
import { diagnosticsPage, runPage } from '../text/markdown.ts';
import type { ReportFile } from './report-file.ts';
import type { Reporter } from './reporter.ts';

export class MarkdownReporter implements Reporter {
  readonly #file: ReportFile;

  constructor(file: ReportFile) {
    this.#file = file;
  }

  ended(ended: EndedRun): void {
    this.#file.write(runPage(ended));
  }

  faulted(diagnostics: readonly Diagnostic[]): void {
    this.#file.write(diagnosticsPage(diagnostics));
  }
}
