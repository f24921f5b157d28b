/** What a task reads besides its arguments: as it was seen in an attempt, and as it is kept with the stored result. */
import { digestOf, type Digest, type Instant } from './ids.ts';

/** One thing that an attempt was seen to read. Paths are absolute. */
export type SeenRead =
  /** The contents of a file, read at that instant. */
  | { readonly is: 'file'; readonly path: string; readonly at: Instant }
  /** A module that was loaded late; the digest is of the contents that were loaded. */
  | { readonly is: 'module'; readonly path: string; readonly digest: Digest }
  /** Kind, size and time of a file; `isLink`: of a symbolic link itself. */
  | { readonly is: 'stat'; readonly path: string; readonly at: Instant; readonly isLink?: true }
  | { readonly is: 'present' | 'absent'; readonly path: string }
  /** The place to which a path led with all links resolved. */
  | { readonly is: 'link'; readonly path: string; readonly to: string }
  | ({ readonly is: 'folder'; readonly path: string } & Listing)
  | DeclaredFiles
  /** `name` is absent where all variables or parameters were listed. */
  | { readonly is: 'env' | 'param'; readonly name?: string };

/** The names in a folder, without those that the task wrote itself. */
interface Listing {
  readonly digest: Digest;
  readonly without?: readonly string[];
}

/** The paths of the files below a folder that match a declared glob. */
interface DeclaredFiles {
  readonly is: 'glob';
  readonly path: string;
  readonly pattern: string;
  /** Globs whose files are left out, as the task makes them. */
  readonly outputs: readonly string[];
  readonly digest: Digest;
}

/** What a stored result depends on besides its key. Paths are relative to the project's folder where they are inside it. */
export type InputNote = PathNote | ValueNote | NamesNote;

export type PathNote =
  | {
      readonly is: 'file';
      readonly path: string;
      readonly digest: Digest;
      /** Absent when the file was too new for its time to show a later change. */
      readonly stamp?: FileStamp;
    }
  | { readonly is: 'stat'; readonly path: string; readonly digest: Digest; readonly isLink?: true }
  | { readonly is: 'present' | 'absent'; readonly path: string }
  | { readonly is: 'link'; readonly path: string; readonly to: string }
  | ({ readonly is: 'folder'; readonly path: string } & Listing)
  | DeclaredFiles;

interface ValueNote {
  readonly is: 'env' | 'param';
  readonly name: string;
  /** Null where the variable is not set, or the parameter does not exist. */
  readonly digest: Digest | null;
}

/** The names of all variables that are set, or of all parameters. */
interface NamesNote {
  readonly is: 'env_names' | 'param_names';
  readonly digest: Digest;
}

/** A note that no longer holds, and what it would be now. */
export interface InputChange {
  readonly before: InputNote;
  readonly after: InputNote;
}

/** While these stay the same, a file's contents are taken to be the same. */
export type FileStamp = readonly [bytes: number, modified: number, changed: number, inode: number];

/** Returns the digest of the names in a folder, each with a letter for its kind in front, without the names that are left out. */
export const listingDigest = (names: readonly string[], without: readonly string[]): Digest =>
  digestOf(names.filter((name) => !without.includes(name.slice(1))).toSorted());
