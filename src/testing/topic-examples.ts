/** Patterns and topics, and whether they match. */
export const TOPIC_EXAMPLES: readonly (readonly [
  pattern: string,
  topic: string,
  matches: boolean,
])[] = [
  ['run.started', 'run.started', true],
  ['run.started', 'run.start', false],
  ['run.*', 'run.started', true],
  ['run.*', 'run.task.started', false],
  ['run.*', 'run', false],
  ['**', 'run', true],
  ['run.**', 'run', true],
  ['run.**', 'runs.task', false],
  ['run.**.started', 'run.started', true],
  ['run.**.started', 'run.started.late', false],
  ['**.a.**', 'x.b.y', false],
  ['*.**', 'a', true],
  ['*.**.*', 'a', false],
  ['**.a.**.a.**', 'a.b.a', true],
];
