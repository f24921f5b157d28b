import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Brings what was written to a file to the disk, or the names in a folder. */
export function bringToDisk(path: string, kind: 'file' | 'folder'): void {
  if (kind === 'folder' && process.platform === 'win32') return; // cannot be opened there, and need not be
  const file = openSync(path, kind === 'file' ? 'r+' : 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
