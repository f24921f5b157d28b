/** Opens the broker at an address; what a kind of broker needs is loaded only for an address of that kind. */
import { Fault } from '../model/fault.ts';
import type { Broker } from './broker.ts';
import { parseBrokerUrl, withoutPassword } from './broker-url.ts';
import { Intake } from './intake.ts';
import { MemoryBroker } from './memory.ts';
import { type PayloadSchema, PayloadSchemas } from './payload-schemas.ts';
import { type EventServer, ServerBroker, type ServerOptions } from './server-broker.ts';

export interface OpenOptions {
  /** Called for each event from outside that is refused (DP6122, DP6123), and when the connection is lost (DP6121). It must not throw. */
  readonly report: (fault: Fault) => void;
  /** Schemas for the data of events from outside, by topic pattern; all whose pattern matches apply. */
  readonly schemas?: Readonly<Record<string, PayloadSchema>>;
  /** Folder that file names in the address are relative to; default the working directory. */
  readonly folder?: string;
}

/**
 * Opens `memory`, `redis://…`, `rediss://…` or `kafka://…`; src/events/README.md describes the addresses.
 * Throws DP6120 for a malformed address, DP6121 when the server cannot be used, DP6101 and DP6124 for bad schemas.
 */
export async function openBroker(
  address: string,
  { report, schemas = {}, folder = process.cwd() }: OpenOptions,
): Promise<Broker> {
  const intake = new Intake(await PayloadSchemas.of(schemas), report);
  const open = openerOf(address);
  if (open === undefined) return new MemoryBroker();
  return new ServerBroker(await open(address, { report, folder }), intake);
}

/** Throws DP6120 for an address that `openBroker` would refuse, and connects to nothing. */
export async function checkAddress(address: string): Promise<void> {
  if (openerOf(address) === undefined) return;
  if (/^kafka:/i.test(address.trim())) parseBrokerUrl(address, (await import('./kafka.ts')).KAFKA);
  else (await import('./redis.ts')).parseRedisUrl(address);
}

type Opener = (address: string, options: ServerOptions) => Promise<EventServer>;

/** Returns undefined for memory. */
function openerOf(address: string): Opener | undefined {
  const scheme = /^[^:/]*/.exec(address.trim())?.[0].toLowerCase();
  switch (scheme) {
    case 'memory':
      return undefined;
    case 'redis':
    case 'rediss':
      return async (...given) => (await import('./redis.ts')).openRedisServer(...given);
    case 'kafka':
      return async (...given) => (await import('./kafka.ts')).openKafkaServer(...given);
    default:
      throw new Fault(
        'DP6120',
        `${JSON.stringify(withoutPassword(address))} is no address of a broker`,
        {
          hint: 'write memory, redis://HOST:PORT, rediss://HOST:PORT for TLS, or kafka://HOST:PORT/TOPIC',
        },
      );
  }
}
