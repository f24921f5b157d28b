/** Counts and sizes for the eye. */
const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'];

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length);
  const size = bytes / 1024 ** power;
  return `${size.toFixed(size < 10 ? 1 : 0)} ${UNITS[power - 1]}`;
}
