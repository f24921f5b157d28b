/** Reads `dp.yaml` at the root of a project, once for each root and caller. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_FILE_NAME } from '../../config/modules.ts';
import { Fault } from '../../model/fault.ts';
import { type CallerContext, rootFor } from './caller-context.ts';

/** Notes the settings of the project in the caller. Throws a Fault with every diagnostic when the file is not sound. */
export async function learnSettings(root: string, { projects }: CallerContext): Promise<void> {
  if (projects === undefined || projects.has(root)) return;
  const file = join(root, PROJECT_FILE_NAME);
  const bytes = await bytesOf(file);
  if (bytes === undefined) {
    projects.set(root, {});
    return;
  }
  const { parseProjectFile } = await import('../../config/project-file.ts');
  const { value: settings, diagnostics } = await parseProjectFile(bytes, file);
  if (settings === undefined) throw Fault.of(diagnostics);
  if (settings.events !== undefined) {
    const { checkBroker } = await import('./broker-address.ts');
    await checkBroker(settings.events.broker);
  }
  projects.set(root, settings);
}

/** Does the same for the project that the working directory belongs to. */
export const learnOwnSettings = (caller: CallerContext): Promise<void> =>
  learnSettings(rootFor(caller.cwd, caller), caller);

/** Returns undefined when there is no such file. */
async function bytesOf(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new Fault('DP8002', `${file} cannot be read: ${message}`, { cause });
  }
}
