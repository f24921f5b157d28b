import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPattern, checkTopic } from '../../src/events/topics.ts';
import { TOPIC_EXAMPLES } from '../../src/testing/topic-examples.ts';
import { anyPattern, anyTopic, matchesByDefinition } from './topic-oracle.ts';
import { topicMatches } from '../../src/model/topic.ts';
import { testNeeding } from '../test-needing.ts';

describe('a pattern and a topic', () => {
  test.each(TOPIC_EXAMPLES)('%s and %s: %s', (pattern, topic, matches) => {
    expect(topicMatches(pattern, topic)).toBe(matches);
  });

  const shared = new URL('../../../shared/cases/topics/examples.json', import.meta.url);
  testNeeding('the shared cases beside the checkout', existsSync(shared))(
    'agree with the shared examples',
    () => {
      const examples = JSON.parse(readFileSync(shared, 'utf8')) as [string, string, boolean][];
      for (const [pattern, topic, matches] of examples) {
        expect([pattern, topic, topicMatches(pattern, topic)]).toEqual([pattern, topic, matches]);
      }
    },
  );

  test('match exactly when the definition says so', () => {
    fc.assert(
      fc.property(anyPattern, anyTopic, (pattern, topic) => {
        expect(topicMatches(pattern, topic)).toBe(matchesByDefinition(pattern, topic));
      }),
      { numRuns: 5_000 },
    );
  });

  test('take no exponential time when every segment could be the one', () => {
    const pattern = `${'**.a.'.repeat(150)}b`;
    const topic = Array.from({ length: 500 }, () => 'a').join('.');
    expect(topicMatches(pattern, topic)).toBe(false);
  });
});

describe('a topic to publish on', () => {
  test.each(['run', 'run.task.succeeded', 'data.서울.도착', 'a b.c-d_e', 'x'.repeat(1024)])(
    'may be %s',
    (topic) => {
      expect(() => checkTopic(topic)).not.toThrow();
    },
  );

  test.each([
    ['', 'is empty'],
    ['.', 'has an empty segment'],
    ['run..started', 'has an empty segment'],
    ['run.', 'has an empty segment'],
    ['run.*', 'has a wildcard'],
    ['**', 'has a wildcard'],
    ['run.st*', 'has a wildcard'],
    ['run.\u001b[31m', 'has a control character'],
    ['run\n', 'has a control character'],
    ['run.\u0085', 'has a control character'],
    ['run.\ud800', 'has half of a surrogate pair'],
    ['x'.repeat(1025), 'is longer than 1024 characters'],
  ])('is refused when it is %j', (topic, problem) => {
    expect(() => checkTopic(topic)).toThrow(expect.objectContaining({ code: 'DP6101' }));
    expect(() => checkTopic(topic)).toThrow(problem);
  });

  test('is shown escaped and shortened in the refusal', () => {
    expect(() => checkTopic('\u001b[31m')).toThrow('topic "\\u001b[31m" has a control character');
    expect(() => checkTopic('x'.repeat(2_000))).toThrow(/^topic "x{79}…" is longer/);
  });
});

describe('a pattern to subscribe to', () => {
  test.each(['*', '**', 'run.*', 'run.**.started', '**.**'])('may be %s', (pattern) => {
    expect(() => checkPattern(pattern)).not.toThrow();
  });

  test.each(['', 'a..b', 'run.st*', '*.***', 'a.*b', 'run.\u0000', '**.'])(
    'is refused when it is %j',
    (pattern) => {
      expect(() => checkPattern(pattern)).toThrow(expect.objectContaining({ code: 'DP6101' }));
    },
  );
});

test.each([5, null, undefined, {}, Symbol('a')])('%o is neither a topic nor a pattern', (value) => {
  // The casts are what a program in JavaScript does.
  for (const check of [checkTopic, checkPattern])
    expect(() => check(value as string)).toThrow(expect.objectContaining({ code: 'DP6101' }));
});
