/** The words of the simple command that is being read, quotes taken off. */
export class CommandWords {
  #words: string[] = [];
  #word: string | undefined;

  /** Words that have ended. */
  get before(): readonly string[] {
    return this.#words;
  }

  /** All words, the last one included. */
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
