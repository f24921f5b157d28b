/** Starts the commands of a run: the first ones as children of dp, those of a longer run by a command host. */
import type { ProcessEntry } from '../ports/worker.ts';
import {
  startCommand,
  type CommandGroup,
  type CommandProgram,
  type HearOutput,
} from './command-group.ts';
import { CommandHost } from './command-host.ts';
import { OrphanReaper } from './orphan-reaper.ts';

/**
 * About as many commands as a host has to start until it has saved the time that its own start takes.
 * macOS starts a process without a copy of the one that starts it, and a host would save nothing there.
 */
const COMMANDS_WORTH_A_HOST = process.platform === 'linux' ? 50 : Number.POSITIVE_INFINITY;

export interface CommandStarterOptions {
  readonly processEntry: () => ProcessEntry;
  /** Number of commands after which a host is started. */
  readonly worthAHost?: number;
}

export class CommandStarter {
  readonly #processEntry: () => ProcessEntry;
  #worthAHost: number;
  readonly #reaper = new OrphanReaper();
  #host: CommandHost | undefined;
  /** Number of commands that were started while there was no host. */
  #started = 0;

  constructor({ processEntry, worthAHost = COMMANDS_WORTH_A_HOST }: CommandStarterOptions) {
    this.#processEntry = processEntry;
    this.#worthAHost = worthAHost;
  }

  start(program: CommandProgram, hear: HearOutput): CommandGroup {
    const host = this.#currentHost();
    return host?.state === 'ready' ? host.start(program, hear) : this.#startHere(program, hear);
  }

  /** Resolves when the host is gone. */
  async close(): Promise<void> {
    this.#reaper.close();
    await this.#host?.close();
  }

  #currentHost(): CommandHost | undefined {
    if (this.#host?.state === 'gone') {
      this.#host = undefined;
      this.#started = 0;
    }
    if (this.#host === undefined && this.#started++ >= this.#worthAHost)
      this.#host = this.#openHost();
    return this.#host;
  }

  /** A host saves time and is not needed: where its file cannot be unpacked, dp starts every command itself. */
  #openHost(): CommandHost | undefined {
    try {
      return new CommandHost(this.#processEntry());
    } catch {
      this.#worthAHost = Number.POSITIVE_INFINITY;
      return undefined;
    }
  }

  #startHere(program: CommandProgram, hear: HearOutput): CommandGroup {
    this.#reaper.start();
    const group = startCommand(program, hear);
    const { leader, id } = group;
    if (id !== undefined) {
      this.#reaper.began(-id);
      leader?.once('exit', () => this.#reaper.ended(-id));
    }
    return group;
  }
}
