export interface TypeOptions {
  /** The project's folder: configuration is looked for from here upwards, and places are told relative to it. */
  readonly root: string;
  /** Where generated files and kept answers go; it may vanish at any time. */
  readonly cacheFolder: string;
  readonly compiler?: CompilerLocation;
}

export interface CompilerLocation {
  /** Path of the compiler's executable, which is all it needs; without it the one installed beside dp is used. */
  readonly executable?: string;
  /** It was looked for and is not there: every question is answered with a warning. */
  readonly isMissing?: boolean;
}

/** The API and the executable speak an unversioned protocol, and answers are kept by it: both are of this release. */
export const COMPILER_VERSION = '7.0.2';
