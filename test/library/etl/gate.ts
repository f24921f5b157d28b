/** A task whose end the test decides. */
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

export async function gate({
  file,
  fails = false,
}: {
  file: string;
  fails?: boolean;
}): Promise<string> {
  while (!existsSync(file)) await setTimeout(2);
  if (fails && !existsSync(`${file}.mended`)) throw new Error('the gate is shut');
  return 'through';
}
