/** The format of triggers in the pipeline file. */
import { dictionary, oneOrMore, record } from './collections.ts';
import { json, type Kind, orNothing, type ReadOf, union, wrong } from './kinds.ts';
import { paramName, pipelineName, someText, topicPattern, triggerName } from './names.ts';
import { choice, duration, instant, moment, number, text } from './scalars.ts';

const forEveryTrigger = {
  name: {
    kind: triggerName,
    about: 'Its name within the pipeline. Default: the kind and a hash of what it says.',
    example: 'nightly',
  },
  params: {
    kind: dictionary(paramName, json),
    about: 'Values for the parameters of the pipeline. ${event…} is what fired the trigger.',
    example: { source: '${event.data.path}' },
  },
  overlap: {
    kind: union('skip, queue, cancel_running, allow, or { queue: { max } }', [
      choice(['skip', 'queue', 'cancel_running', 'allow']),
      record({
        queue: {
          kind: record({
            max: {
              kind: wholeNumber(1000),
              about: 'The most runs that wait. Default 1.',
            },
          }),
          about: 'The run waits until the earlier ones have ended.',
          required: true,
        },
      }),
    ]),
    about: 'What happens when an earlier run of this trigger has not ended. Default skip.',
  },
  when: {
    kind: text('a condition, such as ${tick.time.getDayOfWeek() != 0}'),
    about: 'Fires only when this is true. ${tick…} and ${event…} say what fired the trigger.',
    example: "${tick.time.getDayOfWeek('Asia/Seoul') != 0}",
  },
} as const;

function wholeNumber(maximum: number): Kind<number> {
  return number(`a whole number from 1 to ${maximum}`, { integer: true, minimum: 1, maximum });
}

const forTimes = {
  timezone: {
    kind: text(),
    about: 'IANA name of the zone of its times and dates. Default UTC.',
    example: 'Asia/Seoul',
  },
  start: {
    kind: moment,
    about: 'The first date or instant at which it fires.',
    example: '2026-12-01',
  },
  end: {
    kind: moment,
    about: 'The last date or instant at which it fires.',
    example: '2026-12-31',
  },
  jitter: {
    kind: duration(),
    about: 'Delays the trigger by a share of this time that stays the same. Default 0.',
    example: '5m',
  },
  late_after: {
    kind: duration({ positive: true }),
    about: 'A tick that is noticed later than this was missed. Default 1m.',
    example: '10m',
  },
  calendar: {
    kind: text('the name of a calendar', { minLength: 1 }),
    about: 'Fires only on the dates of this calendar of dp.yaml.',
    example: 'workdays',
  },
  catchup: {
    kind: union('none, last, all, or { mode, limit, window }', [
      choice(['none', 'last', 'all']),
      record({
        mode: {
          kind: choice(['none', 'last', 'all']),
          about: 'Which of the missed ticks are run.',
          required: true,
        },
        limit: {
          kind: wholeNumber(10_000),
          about: 'The most ticks to run; the latest are chosen. Default 100.',
        },
        window: {
          kind: duration({ positive: true }),
          about: 'Only ticks that are at most so old are run. Default: of any age.',
          example: '1d',
        },
      }),
    ]),
    about:
      'Which ticks are run later that were missed while no scheduler was running, or while the trigger was paused. Default none.',
  },
  ...forEveryTrigger,
} as const;

const triggers = {
  cron: record({
    cron: {
      kind: oneOrMore(text()),
      about:
        'Five fields (minute hour day month weekday), or six with seconds in front; or a list of them.',
      example: '0 3 * * *',
      required: true,
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
    ...forTimes,
  }),
  every: record({
    every: {
      kind: duration({ positive: true }),
      about:
        'The time from one tick to the next, at least one second; clock changes do not alter it.',
      example: '15m',
      required: true,
    },
    anchor: {
      kind: moment,
      about: 'A date or instant that is a tick. Default 1970-01-01T00:00:00Z.',
      example: '2026-12-01',
    },
    ...forTimes,
  }),
  at: record({
    at: {
      kind: instant,
      about: 'The one instant at which it fires.',
      example: '2026-12-24T18:00:00+09:00',
      required: true,
    },
    ...forTimes,
  }),
  event: record({
    event: {
      kind: topicPattern,
      about: 'Topics whose events start a run.',
      example: 'data.*.arrived',
      required: true,
    },
    batch: {
      kind: record({
        max: {
          kind: wholeNumber(10_000),
          about: 'The most events that one run takes. Default 1.',
          example: 100,
        },
        wait: {
          kind: duration(),
          about: 'How long the first event waits for others. Default 0.',
          example: '10s',
        },
      }),
      about: 'One run takes several events, as ${event.events}.',
      example: { max: 100, wait: '10s' },
    },
    ...forEveryTrigger,
  }),
  pipeline: record({
    pipeline: {
      kind: pipelineName,
      about: 'Another pipeline of the project, whose runs start a run when they end.',
      example: 'clean',
      required: true,
    },
    on: {
      kind: choice(['succeeded', 'failed', 'ended']),
      about: 'How its run has to end. Default succeeded.',
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
    settle: {
      kind: duration(),
      about: 'A file is complete when it has not changed for this time. Default 2s.',
      example: '2s',
    },
    done: {
      kind: text('a file name with {name}', { minLength: 1 }),
      about: 'A file is complete when a file of this name is beside it; {name} is its own name.',
      example: '{name}.ok',
    },
    identity: {
      kind: choice(['path+change', 'content', 'name']),
      about: 'What makes a file a new one. Default path+change.',
    },
    existing: {
      kind: choice(['ignore', 'run']),
      about: 'What happens to files that are there at first. Default ignore.',
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
  manual: record({
    manual: {
      kind: orNothing(record({}), {}),
      about: 'Fires by hand only.',
      example: {},
      required: true,
    },
    ...forEveryTrigger,
  }),
};

type Triggers = typeof triggers;
const KINDS = Object.keys(triggers) as (keyof Triggers)[]; // these are its keys

export type TriggerRead = {
  [T in keyof Triggers]: { is: T; says: ReadOf<Triggers[T]> };
}[keyof Triggers];

/** The kind of a trigger, which has exactly one of the keys `cron every at event pipeline file api manual`. */
export const trigger: Kind<TriggerRead> = {
  expected: `a mapping with one of ${KINDS.join(', ')}`,
  schema: { oneOf: Object.values(triggers).map((kind) => kind.schema) },
  accepts: (node) => node.is === 'map',
  read(node, path, report) {
    if (node.is !== 'map') return wrong({ node, path, report }, this.expected);
    const kinds = KINDS.filter((kind) => node.entries.has(kind));
    const [is] = kinds;
    if (is === undefined || kinds.length > 1) {
      const found = is === undefined ? 'none of them' : kinds.join(' and ');
      report.error(
        'DP1008',
        `${path} must have one of ${KINDS.join(', ')}; it has ${found}`,
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
