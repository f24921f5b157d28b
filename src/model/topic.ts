/** The grammar of topics, for publishing, and of patterns, for subscribing. */

/** Limit in UTF-16 units; bounds the work of matching and the memory for remembered topics. */
const TOPIC_LIMIT = 1024;

/** Returns what is wrong with a topic to publish on, as the end of the sentence `topic "…" …`; undefined when it is valid. */
export function topicProblem(topic: string): string | undefined {
  return (
    textProblem(topic) ??
    segmentsProblem(topic, () => 'has a wildcard, which only patterns may have')
  );
}

/** Returns what is wrong with a pattern to subscribe to; undefined when it is valid. */
export function patternProblem(pattern: string): string | undefined {
  return (
    textProblem(pattern) ??
    segmentsProblem(pattern, (segment) =>
      segment === '*' || segment === '**'
        ? undefined
        : 'mixes a wildcard with other characters; * and ** stand alone between dots',
    )
  );
}

function textProblem(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (text.length > TOPIC_LIMIT) return `is longer than ${TOPIC_LIMIT} characters`;
  if (/\p{Cc}/u.test(text)) return 'has a control character';
  if (!text.isWellFormed()) return 'has half of a surrogate pair';
  return undefined;
}

function segmentsProblem(
  text: string,
  wildcardProblem: (segment: string) => string | undefined,
): string | undefined {
  for (const segment of text.split('.')) {
    if (segment === '') return 'has an empty segment';
    const problem = segment.includes('*') ? wildcardProblem(segment) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * Returns whether a well-formed pattern matches a well-formed topic. This handles one pattern; for many, use a TopicTrie.
 * Only the last `**` is ever reconsidered, so the time is at most segments of pattern × segments of topic.
 */
export function topicMatches(pattern: string, topic: string): boolean {
  const wanted = pattern.split('.');
  const given = topic.split('.');
  let p = 0;
  let t = 0;
  let afterRest = -1;
  let restEnd = 0;
  while (t < given.length) {
    if (wanted[p] === '**') {
      afterRest = ++p;
      restEnd = t;
    } else if (p < wanted.length && (wanted[p] === '*' || wanted[p] === given[t])) {
      p++;
      t++;
    } else if (afterRest !== -1) {
      p = afterRest;
      t = ++restEnd;
    } else {
      return false;
    }
  }
  while (wanted[p] === '**') p++;
  return p === wanted.length;
}
