/** The command host as dp sees it: a process that starts commands, each in a process group of its own. */
import type { Socket } from 'node:net';
import { CHANNEL_FD, ProcessChannel } from '../ports/process-channel.ts';
import type { ProcessEntry } from '../ports/worker.ts';
import type { LogSource } from '../worker/attempt-log.ts';
import type { CommandEnding, CommandGroup, CommandProgram, HearOutput } from './command-group.ts';
import { ProcessGroup, signalGroup, type GroupEnding } from './process-group.ts';

export interface ToCommandHost {
  readonly id: number;
  readonly program: CommandProgram;
}

export type FromCommandHost =
  | { readonly is: 'ready' }
  /** `group` is the number of the command's process group. */
  | { readonly is: 'began'; readonly id: number; readonly group: number }
  | {
      readonly is: 'printed';
      readonly id: number;
      readonly source: LogSource;
      readonly bytes: Buffer;
    }
  | { readonly is: 'ended'; readonly id: number; readonly ending: GroupEnding };

export class CommandHost {
  readonly #process: ProcessGroup;
  readonly #channel: ProcessChannel | undefined;
  readonly #commands = new Map<number, HostedCommand>();
  #state: 'starting' | 'ready' | 'gone' = 'starting';
  #ids = 0;

  constructor({ command, hostArgs }: ProcessEntry) {
    this.#process = new ProcessGroup({
      command,
      args: hostArgs,
      cwd: '/',
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    // A cast: stdio says that it is a pipe both ways. There is none when the process was not started.
    const socket = this.#process.leader?.stdio[CHANNEL_FD] as Socket | null | undefined;
    if (socket === null || socket === undefined) {
      this.#state = 'gone';
      return;
    }
    this.#channel = new ProcessChannel(socket, {
      // A cast: the host of this dp is at the other end.
      heard: (message) => this.#hear(message as FromCommandHost),
      ended: () => this.#lose(),
    });
  }

  get state(): 'starting' | 'ready' | 'gone' {
    return this.#state;
  }

  start(program: CommandProgram, hear: HearOutput): CommandGroup {
    const id = ++this.#ids;
    const command = new HostedCommand(hear);
    this.#commands.set(id, command);
    if (this.#state === 'gone') this.#lose();
    this.#channel?.send({ id, program } satisfies ToCommandHost);
    return command;
  }

  /** Ends the host, with commands that still run, and resolves when it is gone. */
  async close(): Promise<void> {
    this.#lose();
    await this.#process.ended;
  }

  #hear(message: FromCommandHost): void {
    if (message.is === 'ready') {
      this.#state = 'ready';
      return;
    }
    const command = this.#commands.get(message.id);
    switch (message.is) {
      case 'began':
        command?.began(message.group);
        return;
      case 'printed':
        command?.hear(message.bytes, message.source);
        return;
      default:
        this.#commands.delete(message.id);
        command?.end(message.ending);
    }
  }

  /** Kills the host and its commands. One that it had started and not yet told of, when it was killed, is out of reach. */
  #lose(): void {
    this.#state = 'gone';
    this.#process.kill();
    for (const command of this.#commands.values()) {
      command.kill();
      command.end({ is: 'lost' });
    }
    this.#commands.clear();
  }
}

class HostedCommand implements CommandGroup {
  readonly ended: Promise<CommandEnding>;
  readonly hear: HearOutput;
  readonly end: (ending: CommandEnding) => void;
  /** Undefined until the host has told. */
  #group: number | undefined;
  /** Signal that was asked for before the group was known. */
  #asked: NodeJS.Signals | undefined;

  constructor(hear: HearOutput) {
    const { promise, resolve } = Promise.withResolvers<CommandEnding>();
    this.ended = promise;
    this.hear = hear;
    this.end = resolve;
  }

  began(group: number): void {
    this.#group = group;
    if (this.#asked !== undefined) signalGroup(group, this.#asked);
  }

  terminate(): void {
    this.#signal('SIGTERM');
  }

  kill(): void {
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#group === undefined) this.#asked = signal;
    else signalGroup(this.#group, signal);
  }
}
