/** Checks of topics and patterns where they enter this room. */
import { Fault } from '../model/fault.ts';
import { patternProblem, topicMatches as matches, topicProblem } from '../model/topic.ts';

/** Throws DP6101 for a malformed topic, and for what is no text: programs in JavaScript pass anything. */
export function checkTopic(topic: string): void {
  checkText('topic', topic);
  const problem = topicProblem(topic);
  if (problem !== undefined) throw refusal('topic', topic, problem);
}

/** Throws DP6101 for a malformed pattern, and for what is no text. */
export function checkPattern(pattern: string): void {
  checkText('pattern', pattern);
  const problem = patternProblem(pattern);
  if (problem !== undefined) throw refusal('pattern', pattern, problem);
}

/** Returns whether the pattern matches the topic. Throws DP6101 when either is malformed. */
export function topicMatches(pattern: string, topic: string): boolean {
  checkPattern(pattern);
  checkTopic(topic);
  return matches(pattern, topic);
}

function checkText(noun: 'topic' | 'pattern', value: unknown): void {
  if (typeof value === 'string') return;
  throw new Fault(
    'DP6101',
    `a ${noun} is a text, not of type ${value === null ? 'null' : typeof value}`,
  );
}

function refusal(noun: 'topic' | 'pattern', text: string, problem: string): Fault {
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
  const example = noun === 'topic' ? 'data.flights.arrived' : 'data.*.arrived';
  return new Fault('DP6101', `${noun} ${shown} ${problem}`, {
    hint: `write segments joined by dots, such as ${example}`,
  });
}
