/**
 * The format of `dp.yaml`, the file at the root of a project: every key with its kind, its meaning and an example.
 * The reader follows it, and `dp schema --project` gives it to editors as JSON Schema.
 */
import type { Json, JsonObject } from '../../model/json.ts';
import { dictionary, record } from './collections.ts';
import type { ReadOf } from './kinds.ts';
import { triggerName } from './names.ts';
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
  },
  {
    state_dir: 'write "state"',
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
