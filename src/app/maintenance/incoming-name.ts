/** The name of a folder in which a process collects an imported run. It names the process, so that leftovers of dead ones are recognized. */
import { randomBytes } from 'node:crypto';
import { isOwner } from '../../model/event-shape.ts';
import type { Owner } from '../../model/event.ts';
import { jsonIn } from '../../store/damage.ts';
import { isAlive, thisProcess } from '../../store/process-identity.ts';

export function incomingName(owner: Owner = thisProcess()): string {
  const who = Buffer.from(JSON.stringify(owner)).toString('base64url');
  return `${who}.${randomBytes(4).toString('hex')}`;
}

/** Tells whether the process of an import is gone; false for names of another form. */
export function isAbandoned(name: string): boolean {
  const owner = ownerIn(name);
  return owner !== undefined && !isAlive(owner);
}

export const isImport = (name: string): boolean => ownerIn(name) !== undefined;

function ownerIn(name: string): Owner | undefined {
  const who = Buffer.from(name.slice(0, name.lastIndexOf('.')), 'base64url').toString();
  const owner = jsonIn(who);
  return isOwner(owner) ? owner : undefined;
}
