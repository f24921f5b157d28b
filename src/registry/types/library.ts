/** True for the declarations of the language, which come with the compiler: inside it, in its package, or unpacked beside it. */
export function isLibrary(path: string): boolean {
  return path.startsWith('bundled:') || LIBRARY.test(path);
}

const LIBRARY =
  /[/\\](?:@typescript[/\\]typescript-[^/\\]+[/\\]lib|typescript)[/\\]lib\.(?:[\w-]+\.)*d\.ts$/;
