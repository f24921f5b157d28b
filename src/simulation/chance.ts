/**
 * Random draws that depend on a seed and on their purpose, and not on earlier draws: a history from which one thing is
 * removed keeps everything else.
 */
export class Chance {
  readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** Returns a number evenly distributed over 0 … 1. */
  draw(what: string): number {
    // FNV-1a over the text, starting from the seed; then the last step of MurmurHash3, which mixes in the last characters.
    let hash = Math.imul(this.seed ^ 0x811c9dc5, 0x9e3779b1);
    for (let i = 0; i < what.length; i++) {
      hash = Math.imul(hash ^ what.charCodeAt(i), 0x01000193);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
  }

  happens(probability: number, what: string): boolean {
    return this.draw(what) < probability;
  }

  /** Returns a whole number between both ends, which are included. */
  between(low: number, high: number, what: string): number {
    return low + Math.floor(this.draw(what) * (high - low + 1));
  }

  one<T>(choices: readonly T[], what: string): T {
    return choices[Math.floor(this.draw(what) * choices.length)]!;
  }
}
