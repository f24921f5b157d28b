import { pipelineFormatSchema } from '../../config/format.ts';
import { EXIT, type ExitCode } from '../../model/fault.ts';
import type { CommandContext } from '../command-line.ts';

export async function schema({ terminal }: CommandContext): Promise<ExitCode> {
  terminal.out(`${JSON.stringify(pipelineFormatSchema(), null, 2)}\n`);
  return EXIT.ok;
}
