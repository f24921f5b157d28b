import { basename, dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
/** In the sources dp is a folder of rooms, of which this is one; bundled it is one folder of files. */
const OWN_FOLDER = (basename(HERE) === 'lib' ? dirname(HERE) : HERE) + sep;

/** Tells whether a file is part of dp, so that a stack is shown without it. */
export const isOwnCode = (file: string): boolean => file.startsWith(OWN_FOLDER);
