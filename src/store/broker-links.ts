/** Where a state stands in its exchange of events with brokers: which process does it, what was sent, and what was received. */
import type { Event, Owner } from '../model/event.ts';

/** Brokers are told apart by their addresses without passwords. */
export interface BrokerLinks {
  /** Puts a broker on record, unless it is: what is stored from now on is to be sent to it. */
  enter(broker: string): void;
  /**
   * Takes the exchange with a broker for this process, or keeps the one that it `held`, which is a heartbeat, too.
   * Returns undefined while another living process has it, or once another took it over.
   */
  take(broker: string, owner: Owner, held?: BrokerLink): BrokerLink | undefined;
  /** Leaves the exchange to others. */
  leave(link: BrokerLink): void;
  /** Notes up to which position on the bus events were sent. Returns false when another process has the exchange. */
  sent(link: BrokerLink, position: number): boolean;
  /**
   * Notes up to which place in the broker events were received. The event of that place, if one is given, is put on the bus
   * in the same moment, unless an event of its id is there or its run is one of this state.
   */
  received(link: BrokerLink, place: string, event: Event | undefined): boolean;
}

export interface BrokerLink {
  readonly broker: string;
  /** Fencing number, which rises with each process that takes the exchange. */
  readonly epoch: number;
  /** Position on the bus up to which events were sent. */
  readonly sent: number;
  /** Place in the broker up to which events were received; undefined when none ever were. */
  readonly received: string | undefined;
}
