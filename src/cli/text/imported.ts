/** Returns the origin of an imported run as words; the name of the host is foreign text. */
import type { ImportOrigin } from '../../model/run.ts';
import { harmless } from '../console/terminal.ts';

export const importedText = ({ host }: ImportOrigin): string =>
  host === undefined ? 'imported' : `imported from ${harmless(host)}`;
