import { type Diagnostic, didYouMean } from '../../model/diagnostic.ts';
import type { DiagnosticCode } from '../../model/fault.ts';
import type { SourceText, Span } from './source.ts';

/** Limit of names that are compared for hints: in a file full of mistakes the last hints name no similar name, rather than come late. */
const MAX_COMPARED = 200_000;

/** Collects the mistakes found in one file. */
export class Report {
  readonly source: SourceText;
  readonly diagnostics: Diagnostic[] = [];
  #compared = 0;

  constructor(source: SourceText) {
    this.source = source;
  }

  error(...mistake: Mistake): void {
    this.#add('error', mistake);
  }

  warning(...mistake: Mistake): void {
    this.#add('warning', mistake);
  }

  /** Returns a hint with the nearest of `known`; undefined when none is near. */
  nearest(name: string, known: Candidates): string | undefined {
    return this.#compare(known) ? didYouMean(name, known) : undefined;
  }

  /** Returns the first of `known` for which `holds` is true. */
  first(known: Candidates, holds: (name: string) => boolean): string | undefined {
    return this.#compare(known) ? [...known].find(holds) : undefined;
  }

  #compare(known: Candidates): boolean {
    this.#compared += 'size' in known ? known.size : known.length;
    return this.#compared <= MAX_COMPARED;
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

type Candidates = readonly string[] | ReadonlySet<string>;
type Mistake = [
  code: DiagnosticCode,
  message: string,
  span: Span,
  hint?: string | undefined,
  related?: { readonly message: string; readonly span: Span },
];
