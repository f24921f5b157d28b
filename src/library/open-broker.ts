import type { OpenOptions } from '../events/open.ts';
import type { Topics } from '../events/topic-types.ts';
import { createBroker, type TypedBroker } from '../events/typed-broker.ts';
import type { Fault } from '../model/fault.ts';

export interface OpenBrokerOptions extends Omit<OpenOptions, 'report'> {
  /** Hears of each event from outside that is refused, DP6122 and DP6123, and of lost connections, DP6121. Absent: they are warnings of the process. */
  readonly onFault?: (fault: Fault) => void;
}

/**
 * Opens the broker at an address: `memory`, `redis://…`, `rediss://…` or `kafka://…`. Its client is loaded only then.
 * Throws DP6120 for a malformed address, DP6121 when the server cannot be used, DP6101 and DP6124 for bad schemas.
 */
export async function openBroker<T extends object = Topics>(
  address: string,
  { onFault = warn, ...options }: OpenBrokerOptions = {},
): Promise<TypedBroker<T>> {
  const { openBroker: open } = await import('../events/open.ts');
  return createBroker<T>({ adapter: await open(address, { ...options, report: onFault }) });
}

function warn(fault: Fault): void {
  process.emitWarning(fault);
}
