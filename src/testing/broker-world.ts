/** What the contract of brokers needs of an adapter. */
import type { Broker } from '../events/broker.ts';

export interface BrokerWorld {
  /** Gives a broker that nobody else publishes to, a new one each time. */
  readonly open: () => Promise<Broker>;
  /** Number of random histories. */
  readonly rounds: number;
  /** Number of events under load; default 100,000. */
  readonly events?: number;
}

/** Opens brokers, and closes them all at the end. */
export function brokersOf({
  open,
}: BrokerWorld): AsyncDisposable & { readonly open: () => Promise<Broker> } {
  const opened: Broker[] = [];
  return {
    open: async () => {
      const broker = await open();
      opened.push(broker);
      return broker;
    },
    [Symbol.asyncDispose]: async () => {
      for (const broker of opened) await broker.close();
    },
  };
}
