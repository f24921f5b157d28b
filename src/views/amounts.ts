/** Counts, sizes, durations and lengths for people. */
import type { Milliseconds } from '../model/ids.ts';

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

/** Returns texts such as `0.4 ms`, `37 ms`, `4.2 s`, `3 m 05 s`, `2 h 07 m`. */
export function durationText(ms: Milliseconds): string {
  if (ms < 1) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} m ${two(Math.floor((ms % 60_000) / 1000))} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Cuts a text to a length that a reader can take in. */
export const clipped = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest)} …`;
