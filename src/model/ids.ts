import { hash, randomBytes } from 'node:crypto';

export type TaskName = string;
export type RunId = string;
/** Milliseconds since 1970-01-01T00:00:00Z; shown as ISO 8601 wherever it leaves dp. */
export type Instant = number;
export type Milliseconds = number;
export type Seconds = number;
export type Mebibytes = number;
/** Lower-case hex SHA-256. */
export type Digest = string;

/**
 * Returns the SHA-256 over parts, each prefixed by its length in UTF-16 units, so that no two lists of parts
 * share a digest by shifting a delimiter. `undefined` differs from every string.
 */
export function digestOf(parts: Iterable<string | undefined>): Digest {
  let text = '';
  for (const part of parts) text += part === undefined ? '-;' : `${part.length}:${part}`;
  return hash('sha256', text);
}

/**
 * Returns a new run id: 9 characters of time and 7 random ones, in Crockford's base 32, lower case.
 * Ids sort by time of creation.
 */
export function newRunId(now: Instant, random: (bytes: number) => Uint8Array = randomBytes): RunId {
  return base32(BigInt(now), 9) + base32(bigFrom(random(5)), 7);
}

/** Returns the id of a child run: the same parent and the same work give the same id, so it cannot begin twice. */
export function childRunId(parent: RunId, work: Iterable<string | undefined>): RunId {
  const digest = BigInt(`0x${digestOf(['child', parent, ...work]).slice(0, 16)}`);
  return parent.slice(0, 9) + base32(digest, 12);
}

/** Returns the id of the run that a tick starts: whoever decides the tick, and whenever, gets the same. */
export function tickRunId(trigger: string, firing: string, time: Instant): RunId {
  const digest = BigInt(`0x${digestOf(['tick', trigger, firing]).slice(0, 16)}`);
  return base32(BigInt(time), 9) + base32(digest, 12);
}

/** Returns whether the text is a valid run id, whoever made it: it names a folder. */
export function isRunId(text: string): boolean {
  return /^[0-9a-z][0-9a-z_-]{0,99}$/.test(text);
}

/** Returns whether the text is a valid pipeline name; such names appear in runs and topics. */
export function isPipelineName(text: string): boolean {
  return /^[a-z][a-z0-9_-]{0,99}$/.test(text);
}

/** Returns whether the text is a valid task name; it names folders, parameters and topics. Upper case may follow the first letter. */
export function isTaskName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_-]{0,99}$/.test(text) && text !== '__proto__';
}

/** Returns whether the text is a valid result id; it is shorter than a file name may be, so that every suffix fits. */
export function isResultId(text: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/.test(text);
}

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

/** The end of the year 9999: calendars and ISO 8601 years go no further. */
export const LAST_INSTANT: Instant = 253_402_300_799_999;

/** Returns whether the value is a valid time. */
export function isInstant(value: unknown): value is Instant {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= LAST_INSTANT;
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

function base32(value: bigint, length: number): string {
  let text = '';
  for (let left = value, i = 0; i < length; i++, left >>= 5n)
    text = ALPHABET[Number(left & 31n)]! + text;
  return text;
}

function bigFrom(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}
