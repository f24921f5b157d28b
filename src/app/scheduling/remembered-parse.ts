/** The bytes of a pipeline file come in; what its parsing gives goes out, remembered while the file stays as it is. */
import { type ParsedPipeline, parsePipeline } from '../../config/parse.ts';

/** Files that are remembered: their pipelines stay in memory. */
const MOST_FILES = 200;

interface Remembered {
  readonly bytes: Uint8Array;
  readonly parsed: Promise<ParsedPipeline>;
}

/** Returns a parser for a process that reads the same files again and again. What it gives depends on the bytes and the path alone. */
export function rememberingParser(): typeof parsePipeline {
  const known = new Map<string, Remembered>();
  return (bytes, file, folder) => {
    const before = known.get(file);
    known.delete(file);
    const remembered =
      before !== undefined && Buffer.compare(before.bytes, bytes) === 0
        ? before
        : { bytes, parsed: parsePipeline(bytes, file, folder) };
    // The file that was read longest ago comes first.
    known.set(file, remembered);
    for (const oldest of known.keys()) {
      if (known.size <= MOST_FILES) break;
      known.delete(oldest);
    }
    return remembered.parsed;
  };
}
