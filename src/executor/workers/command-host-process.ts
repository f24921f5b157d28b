/**
 * Command host: a small process that starts commands for dp. Programs come in over its channel, output and endings go out.
 * Linux copies the page tables of a process that starts another one, and those of dp are several times larger.
 * It ends, with all its commands, when dp does. It decides nothing, and writes no file.
 */
import { Socket } from 'node:net';
import { CHANNEL_FD, ProcessChannel } from '../ports/process-channel.ts';
import { startCommand } from './command-group.ts';
import type { FromCommandHost, ToCommandHost } from './command-host.ts';
import type { ProcessGroup } from './process-group.ts';

const running = new Set<ProcessGroup>();
const socket = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
const channel = new ProcessChannel(socket, {
  // The cast is safe: dp is at the other end.
  heard: (message) => start(message as ToCommandHost),
  ended() {
    for (const group of running) group.kill();
    process.exit();
  },
});
const tell = (message: FromCommandHost): void => channel.send(message);

socket.on('drain', () => {
  for (const group of running) resume(group);
});
tell({ is: 'ready' });

function start({ id, program }: ToCommandHost): void {
  const group = startCommand(program, (bytes, source) => {
    tell({ is: 'printed', id, source, bytes });
    if (socket.writableNeedDrain && isAlive(group)) pause(group);
  });
  if (group.id !== undefined) tell({ is: 'began', id, group: group.id });
  running.add(group);
  // The pipes are closed soon after the exit, so what is still in them is read whether dp is slow or not.
  group.leader?.once('exit', () => resume(group));
  void follow(id, group);
}

async function follow(id: number, group: ProcessGroup): Promise<void> {
  const ending = await group.ended;
  running.delete(group);
  tell({ is: 'ended', id, ending });
}

function isAlive({ leader }: ProcessGroup): boolean {
  return leader?.exitCode === null && leader.signalCode === null;
}

/** Holds the command back, as a full pipe blocks a process that writes to it. */
function pause({ leader }: ProcessGroup): void {
  leader?.stdout?.pause();
  leader?.stderr?.pause();
}

function resume({ leader }: ProcessGroup): void {
  leader?.stdout?.resume();
  leader?.stderr?.resume();
}
