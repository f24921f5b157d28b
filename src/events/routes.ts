import { TopicTrie } from './topic-trie.ts';
import { checkPattern, checkTopic } from './topics.ts';

/** Number of topics whose routes are cached; beyond it the cache is emptied. That is about 1 MB of common topics. */
const REMEMBERED_TOPICS = 10_000;

/** Finds the subscriptions of a topic, and caches the answer until a subscription changes. */
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

  /** Returns a list that never changes afterwards. Throws DP6101 on a malformed topic. */
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
