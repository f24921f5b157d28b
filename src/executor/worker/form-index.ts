/** Finds texts of a fixed set in other texts. Comparing four characters first excludes most positions. */

/** Number of characters compared first; no form is shorter. */
const START = 4;

export class FormIndex {
  /** Forms by their first characters; the longest first, as one may begin with another. */
  readonly #byStart = new Map<number, string[]>();
  /** Bitmap of starts: 1 where `#byStart` has an entry. */
  readonly #starts = new Uint8Array(65_536);
  /** Prefixes of forms that are shorter than `START`. */
  readonly #beginnings = new Set<string>();
  /** Length of the longest form. */
  readonly longest: number;

  /** Each form has at least four characters, and no line break. */
  constructor(forms: Iterable<string>) {
    const sorted = [...forms].sort((a, b) => b.length - a.length);
    this.longest = sorted[0]?.length ?? 0;
    for (const form of sorted) {
      const start = startAt(form, 0);
      const others = this.#byStart.get(start);
      if (others === undefined) this.#byStart.set(start, [form]);
      else others.push(form);
      this.#starts[start] = 1;
      for (let length = 1; length < START; length++) this.#beginnings.add(form.slice(0, length));
    }
  }

  /** Returns the first position from `from` on where a form begins, and the length of the longest one there. */
  find(text: string, from: number): { readonly at: number; readonly length: number } | undefined {
    for (let at = from; at <= text.length - START; at++) {
      const start = startAt(text, at);
      if (this.#starts[start] === 0) continue;
      const form = this.#byStart.get(start)?.find((each) => text.startsWith(each, at));
      if (form !== undefined) return { at, length: form.length };
    }
    return undefined;
  }

  /** Returns the first position from `from` on where the rest of the text is a prefix of a form; the text's length if none. */
  beginning(text: string, from: number): number {
    const line = text.lastIndexOf('\n') + 1;
    for (let at = Math.max(from, line, text.length - this.longest + 1); at < text.length; at++)
      if (this.#isBeginning(text, at)) return at;
    return text.length;
  }

  #isBeginning(text: string, at: number): boolean {
    if (at > text.length - START) return this.#beginnings.has(text.slice(at));
    const start = startAt(text, at);
    if (this.#starts[start] === 0) return false;
    const rest = text.slice(at);
    const forms = this.#byStart.get(start) ?? [];
    return forms.some((form) => form.length > rest.length && form.startsWith(rest));
  }
}

/** Returns a hash of four characters; others may have the same. */
function startAt(text: string, at: number): number {
  const first = (text.charCodeAt(at) * 31 + text.charCodeAt(at + 1)) * 31;
  return ((first + text.charCodeAt(at + 2)) * 31 + text.charCodeAt(at + 3)) & 0xffff;
}
