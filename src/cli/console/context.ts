/** The context of every command, and the options that several commands share. */
import type { Command } from 'commander';
import type { CallerContext } from '../../app/project/caller-context.ts';
import type { Instant } from '../../model/ids.ts';
import type { Shard } from '../../model/plan.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** The context of every command. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly caller: CallerContext;
  readonly json: boolean;
}

/** The code of a command: its context comes in, then its options, then its arguments. */
export type CommandWork = (
  context: CommandContext,
  options: never,
  ...words: never[]
) => Promise<ExitCode>;

/** Adds a command with the options that all commands have. `hidden`: dp starts it itself, and no help lists it. */
export type MakeCommand = (
  name: string,
  description: string,
  help: string | { readonly hidden: true },
) => Command;
/** Returns the action of a command whose code is loaded when it is called. */
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

/** Parameters and selection: the same options wherever a pipeline is planned. */
export interface SelectingOptions extends TypeCheckOptions {
  readonly param: readonly (readonly [string, string])[];
  readonly paramsFile?: string;
  readonly at?: Instant;
  readonly tags?: readonly string[];
  readonly only?: true | readonly string[];
  readonly until?: readonly string[];
  readonly force?: true | readonly string[];
  readonly shard?: Shard;
}
