import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Routes } from '../../src/events/routes.ts';
import { TopicTrie } from '../../src/events/topic-trie.ts';
import { anyPattern, anyTopic, matchesByDefinition } from './topic-oracle.ts';

/** What is subscribed, in the plainest way. */
type Subscribed = { pattern: string; name: number }[];

const anyChange = fc.record({
  pattern: anyPattern,
  name: fc.integer({ min: 0, max: 3 }),
  isAdded: fc.boolean(),
});

function expected(subscribed: Subscribed, topic: string): string[] {
  return subscribed
    .filter(({ pattern }) => matchesByDefinition(pattern, topic))
    .map(({ pattern, name }) => `${name} ${pattern}`)
    .toSorted();
}

describe('a trie of patterns', () => {
  test('finds what a list of patterns finds, after any additions and removals', () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 40 }), fc.array(anyTopic), (changes, topics) => {
        const trie = new TopicTrie<string>();
        let subscribed: Subscribed = [];
        for (const { pattern, name, isAdded } of changes) {
          subscribed = subscribed.filter((one) => one.pattern !== pattern || one.name !== name);
          if (isAdded) subscribed.push({ pattern, name });
          if (isAdded) trie.add(pattern, `${name} ${pattern}`);
          else trie.remove(pattern, `${name} ${pattern}`);
        }
        for (const topic of topics) {
          expect(trie.match(topic).toSorted()).toEqual(expected(subscribed, topic));
        }
        for (const { pattern, name } of subscribed) trie.remove(pattern, `${name} ${pattern}`);
        expect(trie.isEmpty).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('takes no exponential time when every segment could be the one', () => {
    const trie = new TopicTrie<number>();
    trie.add(`${'**.a.'.repeat(150)}b`, 1);
    trie.add(`${'**.'.repeat(300)}a`, 2);
    trie.add(`${'*.**.'.repeat(150)}a`, 3);
    const topic = Array.from({ length: 500 }, () => 'a').join('.');
    expect(new Set(trie.match(topic))).toEqual(new Set([2, 3]));
  });

  test('tells segments from properties every object has', () => {
    const trie = new TopicTrie<number>();
    trie.add('constructor.__proto__', 1);
    expect(trie.match('constructor.__proto__')).toEqual([1]);
    expect(trie.match('toString')).toEqual([]);
  });
});

describe('remembered routes', () => {
  test('notice a pattern that comes or goes after the topic was met', () => {
    const routes = new Routes<string>();
    expect(routes.to('run.started')).toEqual([]);
    routes.add('run.*', 'ours');
    expect(routes.to('run.started')).toEqual(['ours']);
    routes.remove('run.*', 'ours');
    expect(routes.to('run.started')).toEqual([]);
  });

  test('stay right when more topics are met than are remembered', () => {
    const routes = new Routes<string>();
    routes.add('*.5', 'five');
    for (let i = 0; i < 25_000; i++) {
      expect(routes.to(`t.${i}`).length).toBe(i === 5 ? 1 : 0);
    }
    expect(routes.to('t.5')).toEqual(['five']);
  });
});
