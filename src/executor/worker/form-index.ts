/** Finds texts of a fixed set in other texts: a look at two characters rules most places out. */
export class FormIndex {
  /** Forms by their first two characters; the longest first, as one may begin with another. */
  readonly #byStart = new Map<number, string[]>();
  /** Marks the first characters, and the first two, of the forms. */
  readonly #firsts = new Uint8Array(65_536);
  readonly #starts = new Uint8Array(65_536);
  readonly #longest: number;

  /** Each form has at least two characters, and no line break. */
  constructor(forms: Iterable<string>) {
    let longest = 0;
    for (const form of [...forms].sort((a, b) => b.length - a.length)) {
      longest = Math.max(longest, form.length);
      const start = startAt(form, 0);
      this.#firsts[form.charCodeAt(0)] = 1;
      this.#starts[start] = 1;
      const others = this.#byStart.get(start);
      if (others === undefined) this.#byStart.set(start, [form]);
      else others.push(form);
    }
    this.#longest = longest;
  }

  /** The first place at or behind `from` where a form stands, and the longest one there. */
  find(text: string, from: number): { readonly at: number; readonly length: number } | undefined {
    for (let at = from; at < text.length - 1; at++) {
      const start = startAt(text, at);
      if (this.#starts[start] === 0) continue;
      const form = this.#byStart.get(start)?.find((each) => text.startsWith(each, at));
      if (form !== undefined) return { at, length: form.length };
    }
    return undefined;
  }

  /** The first place at or behind `from` where the rest of the text may be the beginning of a form; its length when there is none. */
  beginning(text: string, from: number): number {
    const line = text.lastIndexOf('\n') + 1;
    for (let at = Math.max(from, line, text.length - this.#longest + 1); at < text.length; at++)
      if (this.#begins(text, at)) return at;
    return text.length;
  }

  #begins(text: string, at: number): boolean {
    if (at === text.length - 1) return this.#firsts[text.charCodeAt(at)] === 1;
    const start = startAt(text, at);
    if (this.#starts[start] === 0) return false;
    const rest = text.slice(at);
    const forms = this.#byStart.get(start) ?? [];
    return forms.some((form) => form.length > rest.length && form.startsWith(rest));
  }
}

/** Two characters as one number; others may share it. */
const startAt = (text: string, at: number): number =>
  ((text.charCodeAt(at) << 8) ^ text.charCodeAt(at + 1)) & 0xffff;
