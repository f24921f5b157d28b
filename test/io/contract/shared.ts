import type { IoManager, Saved, StoredResult } from '../../../src/io/io-manager.ts';
import type { ResultAddress, ResultRef } from '../../../src/model/result.ts';

/** Where one result of a suite is stored. */
export const at: ResultAddress = { run: 'run1', task: 'clean', id: '1.abc' };

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(items);
}

export function* numbered(count: number): Generator<{ n: number }> {
  for (let n = 0; n < count; n++) yield { n };
}

/** What is stored for the run, or for one task in it, by task and id. */
export async function listed(io: IoManager, task?: string): Promise<StoredResult[]> {
  return sorted(await collect(io.list(at.run, task)));
}

export function digestOf({ ref }: Saved): string {
  return storedOf(ref).digest;
}

export function storedOf(ref: ResultRef): StoredResult {
  if (!('id' in ref)) throw new Error(`${ref.is} is stored nowhere`);
  const { task, id, bytes, digest } = ref;
  return { ref, task, id, bytes, digest };
}

export function sorted(results: readonly StoredResult[]): StoredResult[] {
  return results.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

function placeOf({ task, id }: StoredResult): string {
  return `${task}/${id}`;
}
