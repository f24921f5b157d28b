/** Collects the words of the simple command that is being read, without their quotes. */
export class CommandWords {
  #words: string[] = [];
  #word: string | undefined;

  /** Complete words. */
  get before(): readonly string[] {
    return this.#words;
  }

  /** True when the next character begins a word. A quote that was opened has begun none. */
  get isBetween(): boolean {
    return this.#word === undefined || this.#word === '';
  }

  /** Returns all words, including the last one. */
  through(): readonly string[] {
    return this.#word === undefined ? this.#words : [...this.#words, this.#word];
  }

  append(text: string): void {
    this.#word = (this.#word ?? '') + text;
  }

  endWord(): void {
    if (this.#word !== undefined) this.#words.push(this.#word);
    this.#word = undefined;
  }

  endCommand(): void {
    this.#words = [];
    this.#word = undefined;
  }
}
