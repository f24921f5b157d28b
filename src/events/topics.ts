/** Topics and patterns at the door of this room: refused when malformed, matched when well-formed. */
import { Fault } from '../model/fault.ts';
import { patternProblem, topicProblem } from '../model/topic.ts';

/** Throws DP6101. */
export function checkTopic(topic: string): void {
  const problem = topicProblem(topic);
  if (problem !== undefined) throw refusal('topic', topic, problem);
}

/** Throws DP6101. */
export function checkPattern(pattern: string): void {
  const problem = patternProblem(pattern);
  if (problem !== undefined) throw refusal('pattern', pattern, problem);
}

/**
 * Whether a well-formed pattern matches a well-formed topic; for one pattern at a time, many are a TopicTrie.
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

function refusal(noun: 'topic' | 'pattern', text: string, problem: string): Fault {
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
  const example = noun === 'topic' ? 'data.flights.arrived' : 'data.*.arrived';
  return new Fault('DP6101', `${noun} ${shown} ${problem}`, {
    hint: `write segments joined by dots, such as ${example}`,
  });
}
