import type { Diagnostic } from '../model/diagnostic.ts';
import type { DiagnosticCode } from '../model/fault.ts';
import type { SourceText, Span } from './source.ts';

/** Collects the mistakes found in one file. */
export class Report {
  readonly source: SourceText;
  readonly diagnostics: Diagnostic[] = [];

  constructor(source: SourceText) {
    this.source = source;
  }

  error(...mistake: Mistake): void {
    this.#add('error', mistake);
  }

  warning(...mistake: Mistake): void {
    this.#add('warning', mistake);
  }

  #add(severity: Diagnostic['severity'], [code, message, span, hint, related]: Mistake): void {
    this.diagnostics.push({
      code,
      severity,
      message,
      at: this.source.place(span),
      ...(hint === undefined ? {} : { hint }),
      ...(related === undefined
        ? {}
        : { related: [{ message: related.message, at: this.source.place(related.span) }] }),
    });
  }
}

type Mistake = [
  code: DiagnosticCode,
  message: string,
  span: Span,
  hint?: string | undefined,
  related?: { readonly message: string; readonly span: Span },
];
