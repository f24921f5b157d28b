const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const STEPS = '▁▂▃▄▅▆▇█';

/** A bar of `width` characters at `max`, to the eighth of a character; none for what is not above zero. */
export function bar(value: number, max: number, width: number): string {
  if (!(value > 0) || !(max > 0)) return '';
  const eighths = Math.max(1, Math.round((Math.min(value, max) / max) * width * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
}

/** One character a value, from the lowest value to the highest. */
export function sparkline(values: readonly number[]): string {
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  return values
    .map(
      (value) => STEPS[range === 0 ? 0 : Math.round(((value - low) / range) * (STEPS.length - 1))]!,
    )
    .join('');
}
