/** The format of triggers in the pipeline file. */
import { dictionary, record } from './collections.ts';
import { json, type Kind, orNothing, type ReadOf, union, wrong } from './kinds.ts';
import { paramName, someText, topicPattern } from './names.ts';
import { choice, number, text } from './scalars.ts';

const forEveryTrigger = {
  params: {
    kind: dictionary(paramName, json),
    about: 'Values for the parameters of the pipeline. ${event…} is what fired the trigger.',
    example: { source: '${event.data.path}' },
  },
  overlap: {
    kind: choice(['skip', 'queue', 'cancel_running', 'allow']),
    about: 'What happens when a run of this pipeline has not ended yet. Default skip.',
  },
} as const;

const triggers = {
  cron: record({
    cron: {
      kind: text(),
      about: 'Five fields (minute hour day month weekday), or six with seconds in front.',
      example: '0 3 * * *',
      required: true,
    },
    timezone: {
      kind: text(),
      about: 'IANA name of the zone the fields are read in. Default UTC.',
      example: 'Asia/Seoul',
    },
    dst: {
      kind: record({
        gap: {
          kind: choice(['skip', 'run_after']),
          about: 'What happens at a time that the clock skips. Default run_after.',
        },
        fold: {
          kind: choice(['first', 'second', 'both']),
          about: 'What happens at a time that the clock shows twice. Default first.',
        },
      }),
      about: 'What happens when clocks change.',
    },
    catchup: {
      kind: union('none, last, all, or { mode, limit }', [
        choice(['none', 'last', 'all']),
        record({
          mode: {
            kind: choice(['none', 'last', 'all']),
            about: 'Which of the missed ticks are run.',
            required: true,
          },
          limit: {
            kind: number('a whole number from 1 to 10000', {
              integer: true,
              minimum: 1,
              maximum: 10_000,
            }),
            about: 'The most ticks to run; the latest are chosen. Default 100.',
          },
        }),
      ]),
      about:
        'Which ticks are run later that were missed while no scheduler was running. Default none.',
    },
    ...forEveryTrigger,
  }),
  event: record({
    event: {
      kind: topicPattern,
      about: 'Topics whose events start a run.',
      example: 'data.*.arrived',
      required: true,
    },
    ...forEveryTrigger,
  }),
  file: record({
    file: {
      kind: someText,
      about: 'Files whose arrival starts a run; a path or glob relative to this file.',
      example: 'incoming/*.csv',
      required: true,
    },
    ...forEveryTrigger,
  }),
  api: record({
    api: {
      kind: orNothing(record({}), {}),
      about: 'Runs may be started over HTTP: POST /api/v1/pipelines/NAME/runs.',
      example: {},
      required: true,
    },
    ...forEveryTrigger,
  }),
};

type Triggers = typeof triggers;

export type TriggerRead = {
  [T in keyof Triggers]: { is: T; says: ReadOf<Triggers[T]> };
}[keyof Triggers];

/** The kind of a trigger, which has exactly one of the keys `cron event file api`. */
export const trigger: Kind<TriggerRead> = {
  expected: 'a mapping with one of cron, event, file, api',
  schema: { oneOf: Object.values(triggers).map((kind) => kind.schema) },
  accepts: (node) => node.is === 'map',
  read(node, path, report) {
    if (node.is !== 'map') return wrong({ node, path, report }, this.expected);
    const kinds = (Object.keys(triggers) as (keyof Triggers)[]).filter((kind) =>
      node.entries.has(kind),
    );
    const [is] = kinds;
    if (is === undefined || kinds.length > 1) {
      const found = is === undefined ? 'none of them' : kinds.join(' and ');
      report.error(
        'DP1008',
        `${path} must have one of cron, event, file, api; it has ${found}`,
        { start: node.start, end: node.start + 1 },
        'one trigger each; they all start the same pipeline',
      );
      return undefined;
    }
    const says = triggers[is].read(node, path, report);
    // The cast is safe: `is` chose the record that was read.
    return says === undefined ? undefined : ({ is, says } as TriggerRead);
  },
};
