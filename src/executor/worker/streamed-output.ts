/** Outputs that are stored item by item: which they are, and how their items are heard on the way. */
import type { Assignment } from '../ports/protocol.ts';

/** Yields the same items; `heard` is called for each of them. */
export async function* eachHeard(
  items: AsyncIterable<unknown> | Iterable<unknown>,
  heard: (item: unknown) => void,
): AsyncIterable<unknown> {
  for await (const item of items) {
    heard(item);
    yield item;
  }
}

/** Returns whether the output is stored item by item. */
export const isStreamed = (
  { streamOutput }: Assignment,
  output: unknown,
): output is AsyncIterable<unknown> | Iterable<unknown> =>
  isStream(output) || (streamOutput && isIterable(output));

/** Returns whether the output is a stream: a sync or async generator, or another iterator. */
function isStream(output: unknown): output is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof output !== 'object' || output === null) return false;
  return Symbol.asyncIterator in output || ('next' in output && Symbol.iterator in output);
}

function isIterable(output: unknown): output is Iterable<unknown> {
  return typeof output === 'object' && output !== null && Symbol.iterator in output;
}
