/** What the triggers start: `part` says which of them it was. */
export function tell({ part }: { part: string }): string {
  return `worked on ${part}`;
}
