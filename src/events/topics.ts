/** Checks of topics and patterns where they enter this room. */
import { Fault } from '../model/fault.ts';
import { patternProblem, topicMatches as matches, topicProblem } from '../model/topic.ts';

/** Throws DP6101 for a malformed topic. */
export function checkTopic(topic: string): void {
  const problem = topicProblem(topic);
  if (problem !== undefined) throw refusal('topic', topic, problem);
}

/** Throws DP6101 for a malformed pattern. */
export function checkPattern(pattern: string): void {
  const problem = patternProblem(pattern);
  if (problem !== undefined) throw refusal('pattern', pattern, problem);
}

/** Returns whether the pattern matches the topic. Throws DP6101 when either is malformed. */
export function topicMatches(pattern: string, topic: string): boolean {
  checkPattern(pattern);
  checkTopic(topic);
  return matches(pattern, topic);
}

function refusal(noun: 'topic' | 'pattern', text: string, problem: string): Fault {
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
  const example = noun === 'topic' ? 'data.flights.arrived' : 'data.*.arrived';
  return new Fault('DP6101', `${noun} ${shown} ${problem}`, {
    hint: `write segments joined by dots, such as ${example}`,
  });
}
