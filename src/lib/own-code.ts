import { basename, dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
/** Folder of dp's code. In the sources it contains the folder of this file; bundled, it is the folder of this file. */
const OWN_FOLDER = (basename(HERE) === 'lib' ? dirname(HERE) : HERE) + sep;

/** Tells whether a file is part of dp, so that stack traces are shown without it. */
export const isOwnCode = (file: string): boolean => file.startsWith(OWN_FOLDER);
