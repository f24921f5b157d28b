/**
 * Exchanges events between the bus of a state and a broker, while this process lives and no other does it: what is stored is sent
 * at least once, and what is received is stored once. No run waits for it, and no failure here is one of a run.
 */
import type { Broker } from '../../events/broker.ts';
import { type Clock, delay, every } from '../../lib/clock.ts';
import type { Owner, PlacedEvent } from '../../model/event.ts';
import { Fault } from '../../model/fault.ts';
import type { Milliseconds } from '../../model/ids.ts';
import { topicMatches } from '../../model/topic.ts';
import type { BrokerLink, BrokerLinks } from '../../store/broker-links.ts';
import type { EventBus } from '../../store/event-bus.ts';
import { BEAT_EVERY_MS } from '../../store/process-identity.ts';
import { sendPage } from './send-page.ts';
import type { ProjectBroker } from './project-broker.ts';

export interface ExchangeParts {
  readonly bus: Pick<EventBus, 'read' | 'last'>;
  readonly links: BrokerLinks;
  readonly clock: Clock;
  readonly owner: Owner;
  /** `hears` receives what is wrong with the connection and with received events. */
  readonly open: (broker: ProjectBroker, hears: (fault: Fault) => void) => Promise<Broker>;
  /** Hears once of each kind of trouble until the broker can be used again. */
  readonly report: (fault: Fault) => void;
}

/** Interval of the look at the store for events to send, and at the lease that another process has. */
const LOOK_EVERY_MS: Milliseconds = 100;
/** Pause before the broker is opened again. */
const AGAIN_AFTER_MS: Milliseconds = 1_000;
/** How long closing waits until everything is sent, while the broker takes events. */
const CLOSING_MS: Milliseconds = 1_000;
/** Events that are read at a time, and received in a row before other work has its turn. */
const EVENTS_A_PAGE = 500;
const RECEIVED_IN_A_ROW = 20;

export interface Exchange {
  /** Sends what is stored, for a moment and if the broker takes it, and leaves the rest to whoever comes next. */
  close(): Promise<void>;
}

/** What is stored from the first call on, in whichever process, is sent. */
export function startExchange(broker: ProjectBroker, parts: ExchangeParts): Exchange {
  return new RunningExchange(broker, parts);
}

class RunningExchange implements Exchange {
  readonly #broker: ProjectBroker;
  readonly #parts: ExchangeParts;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  /** Settles when everything is sent, once it is closing. */
  readonly #allSent = Promise.withResolvers<void>();
  #isClosing = false;
  /** True while the broker is being opened or is open, so that closing may send something. */
  #mayYetSend = false;
  readonly #told = new Set<string>();

  constructor(broker: ProjectBroker, parts: ExchangeParts) {
    this.#broker = broker;
    this.#parts = parts;
    parts.links.enter(broker.name);
    this.#ended = this.#run();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const { clock } = this.#parts;
    const sent = this.#allSent.promise;
    const isLate = new AbortController();
    if (this.#mayYetSend)
      await Promise.race([sent, this.#ended, delay(clock, CLOSING_MS, isLate.signal)]);
    isLate.abort();
    this.#stop.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { clock, links, owner } = this.#parts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const link = links.take(this.#broker.name, owner);
        if (link === undefined) await delay(clock, LOOK_EVERY_MS * 10, signal);
        else await this.#exchange(link);
      } catch (error) {
        this.#report(error);
        await delay(clock, AGAIN_AFTER_MS, signal);
      }
    }
  }

  async #exchange(link: BrokerLink): Promise<void> {
    const { links, clock, open, owner } = this.#parts;
    const round = new AbortController();
    const stop = (): void => round.abort();
    this.#stop.signal.addEventListener('abort', stop, { once: true });
    let failure: Error | undefined;
    const fails = (error: unknown): void => {
      failure ??= error instanceof Error ? error : new Error(String(error));
      stop();
    };
    try {
      using _ = every(clock, BEAT_EVERY_MS, () => {
        if (links.take(link.broker, owner, link) === undefined) fails(takenOver(link));
      });
      this.#mayYetSend = true;
      const opening = open(this.#broker, (fault) => this.#report(fault));
      const opened = await unlessAborted(opening, round.signal);
      if (opened === undefined) return;
      await using broker = opened;
      this.#told.clear();
      // What is published while this process is gone counts from the first contact on.
      const from = link.received ?? (await broker.lastPosition()) ?? 'end';
      if (!links.received(link, from, undefined)) throw takenOver(link);
      await Promise.all([
        this.#send(broker, link, round.signal).catch(fails),
        this.#receive(broker, { ...link, received: from }, round.signal).catch(fails),
        aborted(round.signal).then(() => broker.close()),
      ]);
    } finally {
      this.#mayYetSend = false;
      this.#stop.signal.removeEventListener('abort', stop);
      links.leave(link);
    }
    if (failure !== undefined && !this.#stop.signal.aborted) throw failure;
  }

  async #send(broker: Broker, link: BrokerLink, signal: AbortSignal): Promise<void> {
    const { bus, clock, links } = this.#parts;
    let { sent } = link;
    while (!signal.aborted) {
      const page = firstOf(bus.read(sent), EVENTS_A_PAGE);
      const last = page.at(-1);
      if (last === undefined) {
        if (this.#isClosing) this.#allSent.resolve();
        await delay(clock, LOOK_EVERY_MS, signal);
        continue;
      }
      const wanted = page.filter((placed) => this.#isForwarded(placed));
      await sendPage(broker, wanted, { clock, signal, report: (fault) => this.#report(fault) });
      sent = last.position;
      // A page without any is looked through again by whoever comes next.
      const isNoted = wanted.length > 0 || page.length === EVENTS_A_PAGE;
      if (isNoted && !links.sent(link, sent)) throw takenOver(link);
    }
  }

  async #receive(broker: Broker, link: BrokerLink, signal: AbortSignal): Promise<void> {
    const { clock, links } = this.#parts;
    const { received: from = 'end' } = link;
    using subscription = broker.subscribe('**', { from, overflow: 'block', signal });
    let read = 0;
    for await (const event of subscription) {
      if (signal.aborted) return;
      const place = subscription.position ?? from;
      const isTaken = this.#isReceived(event.topic);
      // The place behind events that do not enter the bus is noted now and then.
      const isNoted = isTaken || read % EVENTS_A_PAGE === 0;
      if (isNoted && !links.received(link, place, isTaken ? event : undefined))
        throw takenOver(link);
      if (++read % RECEIVED_IN_A_ROW === 0) await new Promise<void>((go) => clock.soon(go));
    }
  }

  /** What came from a broker does not go back. */
  #isForwarded({ event: { topic }, isReceived }: PlacedEvent): boolean {
    return isReceived !== true && matchesOne(this.#broker.forward, topic);
  }

  #isReceived(topic: string): boolean {
    const { receive } = this.#broker;
    return receive === undefined ? !OWN_TOPIC.test(topic) : matchesOne(receive, topic);
  }

  #report(error: unknown): void {
    const fault =
      error instanceof Fault
        ? error
        : new Fault('DP6131', `events are not exchanged: ${String(error)}`, { cause: error });
    if (this.#told.has(fault.code)) return;
    this.#told.add(fault.code);
    this.#parts.report(fault);
  }
}

/** Topics on which only dp reports. */
const OWN_TOPIC = /^(?:run|schedule)(?:\.|$)/;

const matchesOne = (patterns: readonly string[], topic: string): boolean =>
  patterns.some((pattern) => topicMatches(pattern, topic));

const takenOver = ({ broker }: BrokerLink): Fault =>
  new Fault('DP6131', `another process took over the exchange of events with ${broker}`);

function firstOf<T>(items: Iterable<T>, most: number): T[] {
  const first: T[] = [];
  for (const item of items) if (first.push(item) === most) break;
  return first;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Returns undefined when the signal aborts first; a broker that is opened later is closed. */
async function unlessAborted(
  opening: Promise<Broker>,
  signal: AbortSignal,
): Promise<Broker | undefined> {
  const opened = await Promise.race([opening, aborted(signal)]);
  if (opened instanceof Object) return opened;
  opening.then(
    (broker) => broker.close(),
    () => undefined,
  );
  return undefined;
}
