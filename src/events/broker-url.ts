/** The address of a broker as one URL: text comes in, its parts go out, or a fault that shows no password. */
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parseDuration } from '../model/duration.ts';
import { Fault } from '../model/fault.ts';
import type { Milliseconds } from '../model/ids.ts';

/** The parts of the URL that a kind of broker understands. */
export interface UrlGrammar {
  readonly schemes: readonly string[];
  /** An address as the user could write it. */
  readonly example: string;
  readonly defaultPort: number;
  /** Names of the parameters after `?`. */
  readonly parameters: readonly string[];
}

export interface BrokerUrl {
  readonly scheme: string;
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly user?: string;
  readonly password?: string;
  /** The path behind the host, without its slash; empty when there is none. */
  readonly path: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** The URL with `***` for the password. */
  readonly shown: string;
}

const SHAPE =
  /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?:(?<user>[^\s/?#:]*)(?::(?<password>[^\s/?#]*))?@)?(?<hosts>[^\s/?#@]+)(?:\/(?<path>[^\s?#]*))?(?:\?(?<query>[^\s#]*))?$/i;

/** Parses an address; several hosts are separated by commas. Throws DP6120. */
export function parseBrokerUrl(text: string, grammar: UrlGrammar): BrokerUrl {
  const shown = withoutPassword(text);
  const refuse = (problem: string): never => {
    throw new Fault('DP6120', `the broker address ${JSON.stringify(shown)} ${problem}`, {
      hint: `write it as ${grammar.example}`,
    });
  };
  const parts = SHAPE.exec(text.trim())?.groups ?? refuse('is no URL of a server');
  const { scheme = '', user, password, hosts = '', path = '', query = '' } = parts;
  if (!grammar.schemes.includes(scheme.toLowerCase()))
    refuse(`has the scheme ${scheme}, not ${grammar.schemes.join(' or ')}`);
  const decoded = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      return refuse('has a % that begins no escape; write %25 for a % in a name or password');
    }
  };
  const parameters = new Map(new URLSearchParams(query));
  const unknown = [...parameters.keys()].find((name) => !grammar.parameters.includes(name));
  if (unknown !== undefined)
    refuse(`has an unknown parameter "${unknown}"; there are ${grammar.parameters.join(', ')}`);
  return {
    scheme: scheme.toLowerCase(),
    hosts: hosts.split(',').map((each) => {
      const { host, port } =
        /^(?<host>\[[^\]]+\]|[^:[\]]+)(?::(?<port>\d{1,5}))?$/.exec(each)?.groups ??
        refuse(`has the host ${JSON.stringify(each)}, which is not HOST or HOST:PORT`);
      const number = port === undefined ? grammar.defaultPort : Number(port);
      if (number < 1 || number > 65_535) refuse(`has the port ${port}, which no server can have`);
      return { host: (host ?? '').replace(/^\[|\]$/g, ''), port: number };
    }),
    ...(user === undefined || user === '' ? {} : { user: decoded(user) }),
    ...(password === undefined ? {} : { password: decoded(password) }),
    path: decoded(path),
    parameters,
    shown,
  };
}

/** Returns a whole number among the parameters. Throws DP6120 for anything else, and below `least`. */
export function countParameter(
  url: BrokerUrl,
  name: string,
  limits: { readonly least: number; readonly otherwise: number },
): number {
  const text = url.parameters.get(name);
  if (text === undefined) return limits.otherwise;
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count >= limits.least) return count;
  throw badParameter(url, name, `is ${text}, not a whole number from ${limits.least}`);
}

const CLAIM_AFTER_MS = 30_000;

/** Returns how long a member of a durable subscriber may be silent until another takes over what it held. Throws DP6120. */
export function claimAfterOf(url: BrokerUrl): Milliseconds {
  const text = url.parameters.get('claim_after');
  if (text === undefined) return CLAIM_AFTER_MS;
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds >= 0.1) return seconds * 1_000;
  throw badParameter(url, 'claim_after', `is ${text}, not a time from 100ms, such as 30s`);
}

/** Names of the parameters that hold files in PEM: authorities to trust, and the client's own certificate and key. */
export const TLS_FILES = ['ca', 'cert', 'key'] as const;

/** Reads the files named under `ca`, `cert` and `key`, relative to the folder. Throws DP6120. */
export function tlsFiles(url: BrokerUrl, folder: string): Readonly<Record<string, Buffer>> {
  const given = TLS_FILES.filter((name) => url.parameters.has(name));
  return Object.fromEntries(
    given.map((name) => {
      const file = url.parameters.get(name) ?? '';
      try {
        return [name, readFileSync(isAbsolute(file) ? file : join(folder, file))];
      } catch (cause) {
        throw badParameter(url, name, `names ${file}, which cannot be read`, cause);
      }
    }),
  );
}

export function badParameter(
  url: BrokerUrl,
  name: string,
  problem: string,
  cause?: unknown,
): Fault {
  return new Fault('DP6120', `${name} in the broker address ${url.shown} ${problem}`, { cause });
}

/** Also hides the password of an address that is otherwise malformed. */
export function withoutPassword(text: string): string {
  return text.replace(/(:\/\/[^\s/?#:@]*:)[^\s]*(?=@)/, '$1***');
}
