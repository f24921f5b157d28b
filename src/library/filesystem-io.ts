import { type AddressedIo, addressedIo } from '../io/addressed-io.ts';

/** Stores results in files below `folder`, which is created when first needed. */
export function filesystemIo({ folder }: { readonly folder: string }): AddressedIo {
  return addressedIo(async () => {
    const { createFilesystemIo } = await import('../io/filesystem.ts');
    const { RunFolders } = await import('../io/run-folders.ts');
    return { port: createFilesystemIo({ root: folder }), stored: new RunFolders(folder) };
  });
}
