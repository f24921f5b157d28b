/** Cuts text to the columns that it may take on a terminal. Colour codes take none. */
import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();
// oxlint-disable-next-line no-control-regex -- colour codes
const COLOUR = /(\u001B\[[0-9;]*m)/;

/** Cuts the text to so many columns. All colour codes stay, so that a colour that begins also ends. */
export function clip(text: string, columns: number): string {
  let left = columns;
  return text
    .split(COLOUR)
    .map((part) => {
      if (COLOUR.test(part)) return part;
      const kept = fitting(part, left);
      left = kept === part ? left - stringWidth(part) : 0;
      return kept;
    })
    .join('');
}

function fitting(text: string, columns: number): string {
  let [kept, left] = ['', columns];
  for (const { segment } of graphemes.segment(text)) {
    left -= stringWidth(segment);
    if (left < 0) return kept;
    kept += segment;
  }
  return kept;
}
