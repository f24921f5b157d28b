import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Flushes the contents of a file, or the names in a folder, to the disk. */
export function bringToDisk(path: string, kind: 'file' | 'folder'): void {
  if (kind === 'folder' && process.platform === 'win32') return; // cannot be opened there, and need not be
  const file = openSync(path, kind === 'file' ? 'r+' : 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
