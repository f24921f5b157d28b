import type { Milliseconds } from '../../model/ids.ts';

/** `0.4 ms`, `37 ms`, `4.2 s`, `3 m 05 s`, `2 h 07 m`. */
export function durationText(ms: Milliseconds): string {
  if (ms < 1) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} m ${two(Math.floor((ms % 60_000) / 1000))} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
}

const two = (value: number): string => String(value).padStart(2, '0');
