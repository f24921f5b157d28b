/** How many columns text takes on a terminal, colours not counted. */

const graphemes = new Intl.Segmenter();
// oxlint-disable-next-line no-control-regex -- colour codes
const COLOUR = /(\u001B\[[0-9;]*m)/;
/** East Asian wide and full-width forms, and what is drawn as a picture. */
const WIDE =
  /^(?:\p{Emoji_Presentation}|.\uFE0F|[\u1100-\u115F\u2E80-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}])/u;
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]/u;

export function displayWidth(text: string): number {
  let width = 0;
  for (const part of text.split(COLOUR)) if (!COLOUR.test(part)) width += plainWidth(part);
  return width;
}

/** Cut to so many columns; colours stay, so that what they began they also end. */
export function clip(text: string, columns: number): string {
  let left = columns;
  return text
    .split(COLOUR)
    .map((part) => {
      if (COLOUR.test(part)) return part;
      const kept = fitting(part, left);
      left = kept === part ? left - plainWidth(part) : 0;
      return kept;
    })
    .join('');
}

function fitting(text: string, columns: number): string {
  let [kept, left] = ['', columns];
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) return kept;
    kept += segment;
  }
  return kept;
}

function plainWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOf(segment);
  return width;
}

const widthOf = (grapheme: string): number =>
  NO_WIDTH.test(grapheme) ? 0 : WIDE.test(grapheme) ? 2 : 1;
