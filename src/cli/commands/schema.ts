import { pipelineFormatSchema } from '../../app.ts';
import { EXIT, type ExitCode } from '../../model/fault.ts';
import type { CommandContext } from '../context.ts';

export async function schema({ terminal }: CommandContext): Promise<ExitCode> {
  terminal.out(`${JSON.stringify(pipelineFormatSchema(), null, 2)}\n`);
  return EXIT.ok;
}
