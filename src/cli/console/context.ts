/** What every command is given, and the options that many share. */
import type { Command } from 'commander';
import type { Place } from '../../app/project/place.ts';
import type { Shard } from '../../model/plan.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** What every command is given. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly place: Place;
  readonly json: boolean;
}

/** What a command does with its context, its options, then the words of the command line. */
export type CommandWork = (
  context: CommandContext,
  options: never,
  ...words: never[]
) => Promise<ExitCode>;

/** Makes a command with the options that all have. */
export type MakeCommand = (name: string, description: string, examples: string) => Command;
/** What a command does, loaded when it is called. */
export type Act = (load: () => Promise<CommandWork>) => (...given: unknown[]) => Promise<void>;

export interface GlobalOptions {
  readonly json?: boolean;
  readonly stateDir?: string;
}

export interface TypeCheckOptions extends GlobalOptions {
  /** False with --no-typecheck. */
  readonly typecheck?: boolean;
  readonly strict?: boolean;
}

/** Parameters and selection: the same words wherever a pipeline is planned. */
export interface SelectingOptions extends TypeCheckOptions {
  readonly param: readonly (readonly [string, string])[];
  readonly tags?: readonly string[];
  readonly only?: true | readonly string[];
  readonly until?: readonly string[];
  readonly force?: true | readonly string[];
  readonly shard?: Shard;
}
