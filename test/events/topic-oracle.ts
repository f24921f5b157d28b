import * as fc from 'fast-check';

/** The definition of matching, written down as it is told; exponential, so for short patterns only. */
export function matchesByDefinition(pattern: string, topic: string): boolean {
  return segmentsMatch(pattern.split('.'), topic.split('.'));
}

function segmentsMatch([wanted, ...wantedRest]: string[], given: string[]): boolean {
  if (wanted === undefined) return given.length === 0;
  if (wanted === '**')
    return given.concat('end').some((_, n) => segmentsMatch(wantedRest, given.slice(n)));
  const [first, ...givenRest] = given;
  return (
    first !== undefined &&
    (wanted === '*' || wanted === first) &&
    segmentsMatch(wantedRest, givenRest)
  );
}

/** Few different segments, so that many pairs match. */
const literal = fc.constantFrom('a', 'b', 'c');

export const anyTopic = joined(literal, 7);
export const anyPattern = joined(fc.oneof(literal, literal, fc.constantFrom('*', '**')), 6);

function joined(segment: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string> {
  return fc.array(segment, { minLength: 1, maxLength }).map((segments) => segments.join('.'));
}
