/** A text of any length, cut to what a reader can take. */
export const clipped = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest)} …`;
