/** How a run came here, in words; the name of the host is a stranger's text. */
import type { ImportOrigin } from '../../model/run.ts';
import { harmless } from '../console/terminal.ts';

export const importedText = ({ host }: ImportOrigin): string =>
  host === undefined ? 'imported' : `imported from ${harmless(host)}`;
