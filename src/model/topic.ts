/** The grammar of topics and patterns: what may be published on, and what may be subscribed to. */

/** UTF-16 units; bounds the work of matching and the memory of those who remember topics. */
export const TOPIC_LIMIT = 1024;

/** What is wrong with a topic to publish on, as the end of the sentence `topic "…" …`; undefined when nothing is. */
export function topicProblem(topic: string): string | undefined {
  return (
    textProblem(topic) ??
    segmentsProblem(topic, () => 'has a wildcard, which only patterns may have')
  );
}

/** What is wrong with a pattern to subscribe to; undefined when nothing is. */
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
