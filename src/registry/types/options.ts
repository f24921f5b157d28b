export interface TypeOptions {
  /** Folder of the project. Configuration is searched from here upwards, and places are reported relative to it. */
  readonly root: string;
  /** Folder for generated files and cached answers; it may be deleted at any time. */
  readonly cacheFolder: string;
  readonly compiler?: CompilerLocation;
}

export interface CompilerLocation {
  /** Path of the compiler's executable, the only file it needs. Default: the one installed beside dp. */
  readonly executable?: string;
  /** The compiler was not found: every question is answered with a warning. */
  readonly isMissing?: boolean;
}

/** Required release of both API and executable, because their protocol has no version. Cached answers are keyed by it too. */
export const COMPILER_VERSION = '7.0.2';
