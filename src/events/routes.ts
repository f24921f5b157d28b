import { TopicTrie } from './topic-trie.ts';
import { checkPattern, checkTopic } from './topics.ts';

/** Topics whose routes are remembered; past it all are forgotten and learned anew. About 1 MB of common topics. */
const REMEMBERED_TOPICS = 10_000;

/** From a topic to the subscriptions that want it, remembering the topics met since the last change. */
export class Routes<T> {
  readonly #trie = new TopicTrie<T>();
  readonly #remembered = new Map<string, readonly T[]>();

  /** Throws DP6101 on a malformed pattern. */
  add(pattern: string, subscription: T): void {
    checkPattern(pattern);
    this.#trie.add(pattern, subscription);
    this.#remembered.clear();
  }

  remove(pattern: string, subscription: T): void {
    this.#trie.remove(pattern, subscription);
    this.#remembered.clear();
  }

  /** Never changed after it was given out. Throws DP6101 on a malformed topic. */
  to(topic: string): readonly T[] {
    const known = this.#remembered.get(topic);
    if (known !== undefined) return known;
    checkTopic(topic);
    const found = this.#trie.match(topic);
    if (this.#remembered.size >= REMEMBERED_TOPICS) this.#remembered.clear();
    this.#remembered.set(topic, found);
    return found;
  }
}
