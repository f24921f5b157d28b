/** A command in a process group of its own, whichever process starts it: pieces of output come out, then how it ended. */
import type { LogSource } from '../worker/attempt-log.ts';
import { ProcessGroup, type GroupEnding, type Program } from './process-group.ts';

export type CommandProgram = Omit<Program, 'stdio'>;

export type HearOutput = (piece: Buffer, source: LogSource) => void;

/** `lost`: the process that had started the command is gone, and nobody can say how the command ended. */
export type CommandEnding = GroupEnding | { readonly is: 'lost' };

export interface CommandGroup {
  /** Settles when the command has ended, its group is killed and all its output was heard. Never rejects. */
  readonly ended: Promise<CommandEnding>;
  terminate(): void;
  kill(): void;
}

/** Starts the command as a child of this process. */
export function startCommand(program: CommandProgram, hear: HearOutput): ProcessGroup {
  const group = new ProcessGroup({ ...program, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const source of ['stdout', 'stderr'] as const)
    group.leader?.[source]?.on('data', (piece: Buffer) => hear(piece, source));
  return group;
}
