/** A task whose end the test decides. */
import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

export async function gate({
  file,
  fails = false,
}: {
  file: string;
  fails?: boolean;
}): Promise<string> {
  while (!existsSync(file)) await setImmediate();
  if (fails && !existsSync(`${file}.mended`)) throw new Error('the gate is shut');
  return 'through';
}
