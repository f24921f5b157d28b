import type { ProjectOptions } from './options.ts';
import type { EmbeddedProject } from './project.ts';

/** Opens a project. Nothing is made on disk before a run starts. Closing it ends its runs, which can be resumed. */
export async function openProject(options: ProjectOptions = {}): Promise<EmbeddedProject> {
  const { openEmbedded } = await import('./project.ts');
  return await openEmbedded(options);
}
