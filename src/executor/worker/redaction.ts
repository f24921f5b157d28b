/**
 * Redaction: keeps the values of secrets out of every text that leaves a task: logs, errors, what it publishes, the
 * output of commands. What a function returns is data that others depend on, and stays as it is.
 */
import type { TaskError } from '../../model/event.ts';
import { FormIndex } from './form-index.ts';
import { changedTokens } from './json-tokens.ts';
import { secretForms } from './secret-forms.ts';

const MASK = '***';
/** Bytes that are searched at once: a text holds no more than half a gibibyte. */
const PIECE_BYTES = 16 * 1024 * 1024;

export class Redaction {
  /** Index of the secrets in text; undefined without secrets. */
  readonly #inText: FormIndex | undefined;
  /** Index of the secrets in UTF-8, with one character for each byte, so that no character is split. */
  readonly #inBytes: FormIndex | undefined;

  constructor(secrets: Iterable<string>) {
    const forms = new Set<string>();
    for (const secret of secrets) for (const form of secretForms(secret)) forms.add(form);
    if (forms.size === 0) return;
    this.#inText = new FormIndex(forms);
    const bytes = Array.from(forms, latin1Of);
    this.#inBytes = bytes.every((form) => forms.has(form)) ? this.#inText : new FormIndex(bytes);
  }

  get hidesAnything(): boolean {
    return this.#inText !== undefined;
  }

  hides(text: string): boolean {
    return this.#inText?.find(text, 0) !== undefined;
  }

  hidesIn(bytes: Uint8Array): boolean {
    const forms = this.#inBytes;
    if (forms === undefined) return false;
    const { buffer, byteOffset, byteLength } = bytes;
    for (let from = 0; from < byteLength; from += PIECE_BYTES) {
      // Pieces overlap by one form, which may lie across two of them.
      const length = Math.min(PIECE_BYTES + forms.longest, byteLength - from);
      const piece = Buffer.from(buffer, byteOffset + from, length).toString('latin1');
      if (forms.find(piece, 0) !== undefined) return true;
    }
    return false;
  }

  text(text: string): string {
    return this.#inText === undefined ? text : masked(text, this.#inText);
  }

  /** Returns the JSON data with every text, number and name in it redacted. A number becomes a text. */
  data(value: unknown): unknown {
    if (this.#inText === undefined) return value;
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.hides(String(value)) ? MASK : value;
    if (Array.isArray(value)) return value.map((item) => this.data(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [this.text(name), this.data(member)]),
    );
  }

  /** A line of JSON, which stays JSON; what holds no secret keeps its digits and its place. */
  jsonLine(line: string): string {
    if (!this.hides(line)) return line;
    return changedTokens(line, (token) => {
      if (token.startsWith('"')) return JSON.stringify(this.text(JSON.parse(token) as string));
      return this.hides(token) ? `"${MASK}"` : token;
    });
  }

  /** The error with all its texts redacted, its causes included; places in lines and columns stay. */
  error(error: TaskError): TaskError {
    if (this.#inText === undefined) return error;
    // The cast is safe: redaction keeps the fields, and texts stay texts.
    return this.#texts(error) as TaskError;
  }

  #texts(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.#texts(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, this.#texts(member)]),
    );
  }

  /** Returns a redactor for bytes that arrive in chunks. */
  stream(): RedactedStream {
    return new RedactedStream(this.#inBytes);
  }
}

/** Redacts chunks of bytes. It holds back the end of a chunk while that may be the beginning of a secret. */
export class RedactedStream {
  readonly #forms: FormIndex | undefined;
  #held = '';

  constructor(forms: FormIndex | undefined) {
    this.#forms = forms;
  }

  /** Returns the redacted bytes that can be shown so far. */
  write(piece: Uint8Array): Uint8Array {
    const forms = this.#forms;
    if (forms === undefined) return piece;
    const bytes = this.#held + Buffer.from(piece).toString('latin1');
    let shown = '';
    let from = 0;
    for (let end = forms.beginning(bytes, 0); ; end = forms.beginning(bytes, from)) {
      const found = forms.find(bytes, from);
      if (found === undefined || found.at >= end) {
        this.#held = bytes.slice(end);
        return Buffer.from(shown + bytes.slice(from, end), 'latin1');
      }
      shown += bytes.slice(from, found.at) + MASK;
      from = found.at + found.length;
    }
  }

  /** Returns the bytes that were held back, once no more chunks arrive. */
  end(): Uint8Array {
    const left = this.#forms === undefined ? this.#held : masked(this.#held, this.#forms);
    this.#held = '';
    return Buffer.from(left, 'latin1');
  }
}

function masked(text: string, forms: FormIndex): string {
  let shown = '';
  let from = 0;
  for (let found; (found = forms.find(text, from)) !== undefined; from = found.at + found.length)
    shown += text.slice(from, found.at) + MASK;
  return shown + text.slice(from);
}

const latin1Of = (text: string): string => Buffer.from(text).toString('latin1');
