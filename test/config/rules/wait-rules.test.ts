/** `wait_for:` of a task: what may stand there, and what is said of the rest. */
import { expect, test } from 'vitest';
import { mistakesIn, parse } from '../reading.ts';

const waiting = (wait: string, more = ''): string =>
  `name: p\nparams: { region: { type: string, default: eu } }\ntasks:\n  a: { wait_for: ${wait}${more} }\n`;

test('a wait has a pattern, and perhaps a condition and a time limit', async () => {
  const { pipeline } = await parse(
    waiting(
      `{ event: data.*.arrived, when: "\${event.data.region == params.region}", timeout: 1h }`,
    ),
  );
  expect(pipeline?.tasks.get('a')?.work).toMatchObject({
    is: 'wait',
    event: { value: 'data.*.arrived' },
    when: { value: 'event.data.region == params.region' },
    timeout: 3600,
  });
  const { pipeline: plain } = await parse(waiting('{ event: "**" }'));
  expect(plain?.tasks.get('a')?.work).toMatchObject({ is: 'wait', timeout: null });
});

test('its condition may read outputs, which makes the edge', async () => {
  const { pipeline } = await parse(
    `${waiting('{ event: x, when: "${event.data.n == tasks.b.output.n}" }')}  b:\n`,
  );
  expect(pipeline?.tasks.get('a')?.mentions).toEqual(['b']);
});

test.each([
  [
    'a text in place of the mapping',
    waiting('data.x'),
    [
      '4:18 DP1005 tasks.a.wait_for must be a mapping with event, when, timeout, not the text "data.x"',
    ],
  ],
  [
    'no pattern',
    waiting('{ timeout: 5 }'),
    [
      '4:18 DP1008 tasks.a.wait_for lacks the key "event" → add `event:`, a topic pattern: segments joined by ".", "*" for one of them, "**" for any number',
    ],
  ],
  [
    'a key as other tools call it',
    waiting('{ event: x, filter: y }'),
    ['4:30 DP1004 unknown key "filter" in tasks.a.wait_for → write "when"'],
  ],
  [
    'an expression in the pattern',
    waiting('{ event: "data.${params.region}" }'),
    [
      '4:27 DP1009 expressions are not evaluated in event → write a pattern, such as data.*.arrived, and compare in `when: "${event.topic == …}"`',
    ],
  ],
  [
    'a condition that is a text',
    waiting('{ event: x, when: "${event.topic}" }'),
    [
      '4:36 DP1009 `when` is true or false, and ${event.topic} is a text → compare it with something, as in ${event.data.rows > 0}',
    ],
  ],
  [
    'a property that no event has',
    waiting('{ event: x, when: "${event.rows > 0}" }'),
    [
      '4:39 DP1009 "event" has no "rows" → it has id, topic, time, runId, task, data; what was published is in event.data',
    ],
  ],
  [
    'a setting of attempts',
    waiting('{ event: x }', ', max_retries: 2, timeout: 5'),
    [
      '4:32 DP1005 "max_retries" is for functions, commands and pipelines, but this task waits for an event → remove it',
      '4:48 DP1005 "timeout" is for functions, commands and pipelines, but this task waits for an event → write it as `wait_for: { timeout: … }`',
    ],
  ],
  [
    'work beside it',
    waiting('{ event: x }', ', run: "true"'),
    [
      '4:32 DP1005 a task runs a command or waits for an event, not both → make two tasks of it',
    ].map((text) => text.replace('4:32', '4:8')),
  ],
  [
    'an event outside of a wait',
    'name: p\ntasks: { a: { run: "true", when: "${event.data}" } }\n',
    [
      '2:37 DP1009 "event" does not exist here → known names are params, env, tasks, run; write $${ if it is meant as text',
    ],
  ],
])('%s is told with its place', async (_, yaml, expected) => {
  expect(await mistakesIn(yaml)).toEqual(expected);
});
