/** The name of a folder that a process gathers an imported run in: it says whose it is, so that it can be told when that one is gone. */
import { randomBytes } from 'node:crypto';
import type { Owner } from '../../model/event.ts';
import { isAlive, thisProcess } from '../../store/process-identity.ts';

export function incomingName(owner: Owner = thisProcess()): string {
  const who = Buffer.from(JSON.stringify(owner)).toString('base64url');
  return `${who}.${randomBytes(4).toString('hex')}`;
}

/** False for names that nobody here gave. */
export function isAbandoned(name: string): boolean {
  try {
    const who = Buffer.from(name.slice(0, name.lastIndexOf('.')), 'base64url').toString();
    return !isAlive(JSON.parse(who) as Owner);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
