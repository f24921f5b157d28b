/** Faults of a Redis server, whose messages say what to do. Neither they nor their causes contain a password. */
import { Fault } from '../model/fault.ts';
import type { BrokerUrl } from './broker-url.ts';

export function connectionFault(url: BrokerUrl, error: unknown): Fault {
  const cause = withoutCommand(error);
  const hint = hintFor(cause.message, cause.code);
  return new Fault('DP6121', `the broker ${url.shown} cannot be used: ${cause.message}`, {
    hint,
    cause,
  });
}

export function commandFault(error: unknown, shown: string): Fault {
  if (error instanceof Fault) return error;
  const cause = withoutCommand(error);
  return new Fault('DP6125', `the broker ${shown} refused: ${cause.message}`, {
    hint: hintFor(cause.message, cause.code),
    cause,
  });
}

/** The client notes on its errors the command that failed, which has the password when it was the first one. */
function withoutCommand(error: unknown): Error & { readonly code?: unknown } {
  if (!(error instanceof Error)) return new Error(String(error));
  if ('command' in error) delete error.command;
  return error;
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:WRONGPASS|NOAUTH|ERR AUTH|ERR Client sent AUTH)/,
    'check the user and password in the address',
  ],
  [
    /^NOPERM/,
    'give the user these commands on keys with the prefix: +xadd +xread +xreadgroup +xack +xclaim +xautoclaim +xgroup +xinfo +xrevrange +multi +exec +ping +info +client',
  ],
  [/^OOM/, "raise the server's maxmemory, or lower max_length in the address"],
  [/^WRONGTYPE/, 'something else is stored under this key; choose another prefix in the address'],
  [/^(?:READONLY|MASTERDOWN)/, 'the server is a replica: connect to the primary'],
  [/^(?:ERR unknown command)/, 'streams need Redis 6.2 or later'],
];

function hintFor(message: string, code: unknown): string {
  const known = HINTS.find(([pattern]) => pattern.test(message));
  if (known !== undefined) return known[1];
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'check the host in the address';
  if (/certificate|self.signed|altname|unable to verify/i.test(message))
    return 'name the file of the authority that signed the certificate as ca in the address';
  return 'check that the server runs, that host and port are right, and that both sides use TLS (rediss:) or neither';
}
