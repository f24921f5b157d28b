/**
 * The format of `dp.yaml`, the file at the root of a project: every key with its kind, its meaning and an example.
 * The reader follows it, and `dp schema --project` gives it to editors as JSON Schema.
 */
import type { Json, JsonObject } from '../../model/json.ts';
import { dictionary, oneOrMore, record } from './collections.ts';
import { jsonSchema } from './json-schema.ts';
import type { ReadOf } from './kinds.ts';
import { topicPattern, triggerName } from './names.ts';
import { choice, number, text } from './scalars.ts';

export const PROJECT_FILE = record(
  {
    state: {
      kind: text('a path', { minLength: 1 }),
      about: 'The state directory, relative to this file. Default: .dp.',
      example: '../state',
    },
    defaults: {
      kind: record({
        jobs: {
          kind: number('a whole number from 1', { integer: true, minimum: 1 }),
          about: 'Most tasks at once. Default: one for each core.',
          example: 4,
        },
      }),
      about: 'Values for options that a command does not give.',
    },
    schedule: {
      kind: record({
        max_runs: {
          kind: number('a whole number from 1', { integer: true, minimum: 1 }),
          about: 'Most runs of the scheduler at once. Default: 16.',
          example: 8,
        },
        runners: {
          kind: number('a whole number from 1', { integer: true, minimum: 1 }),
          about: 'Processes that execute the runs of the scheduler. Default: 1.',
          example: 2,
        },
        on_crash: {
          kind: choice(['resume', 'fail']),
          about: 'What becomes of a run of the scheduler whose process dies. Default: resume.',
          example: 'fail',
        },
      }),
      about: 'How the scheduler executes runs.',
    },
    calendars: {
      kind: dictionary(triggerName, text('a path', { minLength: 1 })),
      about: 'Files with the dates on which triggers that name a calendar fire.',
      example: { workdays: 'calendars/kr.yaml' },
    },
    events: {
      kind: record(
        {
          broker: {
            kind: text('the address of a broker, such as redis://HOST:6379', { minLength: 1 }),
            about:
              'The broker with which the state exchanges events. Default: memory, which is none.',
            example: 'redis://127.0.0.1:6379',
            required: true,
          },
          forward: {
            kind: oneOrMore(topicPattern),
            about: 'Topics of the events that are sent to the broker. Default: none.',
            example: ['run.succeeded', 'data.**'],
          },
          receive: {
            kind: oneOrMore(topicPattern),
            about:
              'Topics of the events that are taken from the broker. Default: all that are not of dp.',
            example: ['data.**'],
          },
          schemas: {
            kind: dictionary(topicPattern, jsonSchema),
            about: 'What the data of received events have to be: a JSON Schema for each pattern.',
            example: { 'data.*.arrived': { type: 'object', required: ['rows'] } },
          },
        },
        {
          url: 'write "broker"',
          address: 'write "broker"',
          publish: 'write "forward"',
          topics: 'write "forward" or "receive"',
          subscribe: 'write "receive"',
        },
      ),
      about: 'The exchange of events with other systems.',
    },
  },
  {
    state_dir: 'write "state"',
    broker: 'write `events: { broker: … }`',
    jobs: 'write `defaults: { jobs: 4 }`',
    name: 'pipelines have a file of their own, under pipelines/',
    tasks: 'pipelines have a file of their own, under pipelines/',
  },
);
export type ProjectFileRead = ReadOf<typeof PROJECT_FILE>;

/** Returns the format as JSON Schema 2020-12, for editors. */
export function projectFileSchema(): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'dp project',
    description: 'The settings of a project of dp.',
    ...PROJECT_FILE.schema,
  } satisfies Record<string, Json>;
}
