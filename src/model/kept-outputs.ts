/** The files that a command has made, kept with its stored result so that they can be put back. */
import type { Digest } from './ids.ts';
import type { ResultRef } from './result.ts';

export interface KeptOutputs {
  /** The contents of all files, one after another, as the items of a stream. */
  readonly contents: ResultRef;
  readonly files: readonly KeptFile[];
}

/** Paths are relative to the project's folder. */
export type KeptFile =
  | {
      readonly is: 'file';
      readonly path: string;
      readonly digest: Digest;
      /** Permission bits. */
      readonly mode: number;
      /** Number of items that hold the contents. */
      readonly pieces: number;
    }
  | { readonly is: 'link'; readonly path: string; readonly to: string };
