/** Converts between places in a text and offsets into it. */
import type { Place } from '../../model/diagnostic.ts';

export interface Places {
  /** Returns the end of the text for a line that does not exist. */
  offsetOf(place: Pick<Place, 'line' | 'column'>): number;
  placeOf(offset: number): Place;
}

export function placesIn(file: string, text: string): Places {
  const lines = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.push(at + 1);
  return {
    offsetOf: ({ line, column }) => (lines[line - 1] ?? text.length) + column - 1,
    placeOf(offset) {
      let low = 0;
      let high = lines.length;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (lines[middle]! <= offset) low = middle;
        else high = middle;
      }
      return { file, line: low + 1, column: offset - lines[low]! + 1 };
    },
  };
}
