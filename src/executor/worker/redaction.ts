/**
 * Keeps the values of declared variables out of what people read: logs, errors and what tasks publish.
 * Results, topics and the places of errors are data that something depends on; they stay as they are.
 */
import type { TaskError } from '../../model/event.ts';

/** Characters below which a value is no secret: it would be found in half of all words. */
const SHORTEST_SECRET = 4;
const MASK = '***';

export class Redaction {
  /** Longest first: a secret may begin with another one. */
  readonly #secrets: readonly string[];
  readonly #inText: RegExp;

  /** The values, whole; each counts without the white space around it, and as it stands in JSON, too. */
  constructor(values: Iterable<string | undefined>) {
    const secrets = new Set<string>();
    for (const value of values) {
      for (const form of [value ?? '', value?.trim() ?? '']) {
        if (form.length < SHORTEST_SECRET) continue;
        secrets.add(form).add(JSON.stringify(form).slice(1, -1));
      }
    }
    this.#secrets = [...secrets].sort((a, b) => b.length - a.length);
    this.#inText = anyOf(this.#secrets);
  }

  get isEmpty(): boolean {
    return this.#secrets.length === 0;
  }

  text(text: string): string {
    return this.isEmpty ? text : text.replace(this.#inText, MASK);
  }

  /** Every string inside, names of members included. */
  data(value: unknown): unknown {
    if (this.isEmpty) return value;
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.data(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [this.text(name), this.data(member)]),
    );
  }

  error(error: TaskError): TaskError {
    if (this.isEmpty) return error;
    const { name, message, stack, cause } = error;
    return {
      ...error,
      name: this.text(name),
      message: this.text(message),
      ...(stack === undefined ? {} : { stack: this.text(stack) }),
      ...(cause === undefined ? {} : { cause: this.error(cause) }),
    };
  }

  /** For bytes that come in pieces. */
  stream(): RedactedStream {
    return new RedactedStream(this.#secrets);
  }
}

/** Holds back the end of a piece as long as it may be the beginning of a secret. */
export class RedactedStream {
  /** As bytes, one character for each, so that no character is cut in two. */
  readonly #secrets: readonly string[];
  readonly #inBytes: RegExp;
  #held = '';

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets.map((secret) => Buffer.from(secret).toString('latin1'));
    this.#inBytes = anyOf(this.#secrets);
  }

  /** What may be shown so far. */
  write(piece: Uint8Array): Uint8Array {
    if (this.#secrets.length === 0) return piece;
    const bytes = this.#held + Buffer.from(piece).toString('latin1');
    let shown = '';
    let from = 0;
    for (let at = this.#undecided(bytes, 0); ; at = this.#undecided(bytes, from)) {
      this.#inBytes.lastIndex = from;
      const found = this.#inBytes.exec(bytes);
      if (found === null || found.index >= at) {
        this.#held = bytes.slice(at);
        return Buffer.from(shown + bytes.slice(from, at), 'latin1');
      }
      shown += bytes.slice(from, found.index) + MASK;
      from = found.index + found[0].length;
    }
  }

  /** What was held back, once nothing more comes. */
  end(): Uint8Array {
    const left = this.#held.replace(this.#inBytes, MASK);
    this.#held = '';
    return Buffer.from(left, 'latin1');
  }

  /** Where the end begins that may be the beginning of a secret; the length when there is none. */
  #undecided(bytes: string, from: number): number {
    const longest = this.#secrets[0]!.length;
    for (let at = Math.max(from, bytes.length - longest + 1); at < bytes.length; at++) {
      const end = bytes.slice(at);
      if (this.#secrets.some((secret) => secret.length > end.length && secret.startsWith(end)))
        return at;
    }
    return bytes.length;
  }
}

/** Alternatives are tried in their order. */
function anyOf(texts: readonly string[]): RegExp {
  return new RegExp(texts.map((text) => RegExp.escape(text)).join('|') || '(?!)', 'g');
}
