import { followBroker } from '../../app/events/follow-broker.ts';
import { brokerOf } from '../../app/events/project-broker.ts';
import { followEvents } from '../../app/events/follow-events.ts';
import { rootFor } from '../../app/project/caller-context.ts';
import { findRun } from '../../app/project/find-run.ts';
import type { Event, PlacedEvent } from '../../model/event.ts';
import { Fault } from '../../model/fault.ts';
import type { Instant } from '../../model/ids.ts';
import { patternProblem, topicMatches } from '../../model/topic.ts';
import { eventJson, isoTime, placedEventJson } from '../../views/json.ts';
import type { CommandContext } from '../console/context.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { exitCodeAtSignal } from '../console/signals.ts';
import { openForReading } from '../console/state.ts';
import { harmless, type Terminal } from '../console/terminal.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { follow } from '../following/follow.ts';

export interface EventsOptions {
  readonly topic?: string;
  readonly follow?: boolean;
  /** Position after which to begin: a number on the bus, a text of the broker's own in a broker. */
  readonly after?: string;
  readonly from?: Instant;
  /** Address of the broker to follow instead of the state; true: that of the project. */
  readonly broker?: string | true;
}

/** Prints one line per event, of a run or of all. With `--json` each line is a document of its own, as there may be millions of events. */
export async function events(
  context: CommandContext,
  options: EventsOptions,
  word?: string,
): Promise<ExitCode> {
  const { topic } = options;
  const problem = topic === undefined ? undefined : patternProblem(topic);
  if (problem !== undefined) throw new Fault('DP2001', `the pattern "${topic}" ${problem}`);
  if (options.broker !== undefined) {
    if (options.follow !== true || word !== undefined)
      throw new Fault('DP2001', 'the option --broker goes with -f, without a run', {
        hint: 'write `dp events -f --broker URL`; --from and --after begin with events that the server keeps',
      });
    return eventsOfBroker(context, options, addressOf(context, options.broker));
  }
  return word === undefined ? eventsOfAll(context, options) : eventsOfRun(context, options, word);
}

function addressOf({ caller }: CommandContext, given: string | true): string {
  if (given !== true) return given;
  const address = brokerOf(rootFor(caller.cwd, caller), caller)?.address;
  if (address !== undefined) return address;
  throw new Fault('DP2001', 'the project names no broker', {
    hint: 'give its address, or write `events: { broker: redis://HOST:6379 }` into dp.yaml',
  });
}

async function eventsOfRun(
  context: CommandContext,
  options: EventsOptions,
  word: string,
): Promise<ExitCode> {
  const { json, terminal } = context;
  if (options.after !== undefined || options.from !== undefined)
    throw new Fault('DP2001', 'the options --after and --from are for the events of all runs', {
      hint: 'leave out the run',
    });
  using state = openForReading(context);
  const runId = findRun(state, word);
  const tell = async (event: Event, seq: number): Promise<void> => {
    if (!isWanted(event, options)) return;
    const text = json
      ? JSON.stringify(eventJson(event, seq))
      : eventText({ event, place: seq }, terminal);
    await terminal.outAndDrain(`${text}\n`);
  };
  if (options.follow === true) return await follow(context, state, runId, { event: tell });
  for (const { seq, event } of state.store.read(runId)) await tell(event, seq);
  return EXIT.ok;
}

/** Following begins with the next event, unless an option says where. */
async function eventsOfAll(context: CommandContext, options: EventsOptions): Promise<ExitCode> {
  const { json, terminal, caller } = context;
  const given = options.after === undefined ? undefined : positionOnBus(options.after);
  using state = openForReading(context);
  const { bus } = state.store;
  const tell = async ({ event, position }: PlacedEvent): Promise<void> => {
    if (!isWanted(event, options)) return;
    const text = json
      ? JSON.stringify(placedEventJson(event, position))
      : eventText({ event, place: position, run: event.runId ?? '-' }, terminal);
    await terminal.outAndDrain(`${text}\n`);
  };
  if (options.follow !== true) {
    for (const placed of bus.read(given ?? 0)) await tell(placed);
    return EXIT.ok;
  }
  const after = given ?? (options.from === undefined ? bus.last() : 0);
  const stop = new AbortController();
  const stopped = exitCodeAtSignal(stop);
  const followed = { store: state.store, clock: caller.clock };
  for await (const placed of followEvents(followed, { after, signal: stop.signal }))
    await tell(placed);
  return await stopped;
}

function positionOnBus(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Fault('DP2001', `the position ${JSON.stringify(text)} is no whole number`, {
    hint: '`dp events --json` gives the position of each event',
  });
}

/** Events that the server keeps are shown only when a time or a position is given from which to begin. */
async function eventsOfBroker(
  { json, terminal }: CommandContext,
  options: EventsOptions,
  address: string,
): Promise<ExitCode> {
  const stop = new AbortController();
  const stopped = exitCodeAtSignal(stop);
  const followed = followBroker(address, {
    topic: options.topic ?? '**',
    from: options.after ?? (options.from === undefined ? 'end' : 'start'),
    report: ({ diagnostics }) => terminal.err(diagnosticsText(diagnostics, terminal)),
    signal: stop.signal,
  });
  for await (const { event, position } of followed) {
    if (!isWanted(event, options)) continue;
    const text = json
      ? JSON.stringify(placedEventJson(event, position))
      : eventText({ event, place: position ?? '-', run: event.runId ?? '-' }, terminal);
    await terminal.outAndDrain(`${text}\n`);
  }
  return await stopped;
}

const isWanted = ({ topic, time }: Event, options: EventsOptions): boolean =>
  (options.topic === undefined || topicMatches(options.topic, topic)) &&
  time >= (options.from ?? -Infinity);

/** `run` is shown when the events of several runs are printed together. */
function eventText(
  {
    event,
    place,
    run,
  }: { readonly event: Event; readonly place: number | string; readonly run?: string },
  terminal: Terminal,
): string {
  const about = [
    event.task,
    event.element === undefined ? undefined : `[${event.element}]`,
    event.attempt === undefined ? undefined : `#${event.attempt}`,
  ]
    .filter((part) => part !== undefined)
    .join('');
  const data = terminal.paint('dim', harmless(JSON.stringify(event.data) ?? ''));
  const of = run === undefined ? '' : `${run.padEnd(16)}  `;
  return `${String(place).padStart(5)}  ${isoTime(event.time)}  ${of}${event.topic.padEnd(24)} ${about.padEnd(16)} ${data}`;
}
