import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { until } from '../waiting.ts';

/** Waits until the server answers. Throws when its process ends before that. */
export async function answering(
  server: ChildProcess,
  { name, port, withinMs }: { name: string; port: number; withinMs?: number },
): Promise<void> {
  const ended = once(server, 'exit').then(([code]) => {
    throw new Error(`${name} ended with ${code} before it answered`);
  });
  await Promise.race([until(() => accepts(port), withinMs), ended]);
  ended.catch(() => {});
}

/** Ends the server as a power cut would, with no time to say anything. */
export async function cutOff(server: ChildProcess | undefined): Promise<void> {
  if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
  server.kill('SIGKILL');
  await once(server, 'exit');
}

/** Returns whether something listens on the port. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
