/** A secret comes in; the texts that give it away go out: its parts, each as programs print and encode it. None holds a line break. */
import { inspect } from 'node:util';
import { urlPasswords } from '../../model/secrets.ts';

/** A shorter text is no secret: it would be found in half of all words. */
const SHORTEST_SECRET = 4;
/** A shorter encoded text would be found in other data by chance. */
const SHORTEST_ENCODED = 6;
/** Line lengths of `base64`, of `openssl base64`, and of `xxd -p`. */
const BASE64_WIDTHS = [76, 64];
const HEX_WIDTH = 60;
/** Bytes of a Buffer that `console.log` shows. */
const INSPECTED_BYTES = 50;

export function secretForms(value: string): ReadonlySet<string> {
  const parts = partsOf(value);
  const forms = new Set<string>();
  for (const part of parts) for (const form of spellings(part)) forms.add(form);
  if (parts.size > 0) for (const form of wrapped(Buffer.from(value))) forms.add(form);
  return forms;
}

/** False for a value that is too short, and for a word that hides nothing. */
export const isRedactable = (value: string): boolean => partsOf(value).size > 0;

function partsOf(value: string): ReadonlySet<string> {
  const parts = new Set<string>();
  collectParts(value, parts);
  return parts;
}

/**
 * Returns the parts of a secret that are secrets, too: its lines without the white space around them, texts and numbers inside JSON,
 * and the password inside a URL.
 */
function collectParts(value: string, parts: Set<string>): void {
  // Keys are often kept on one line, with \n written out.
  for (const text of new Set([value, value.replaceAll(/(?:\\r)?\\n/g, '\n')]))
    for (const line of text.split(/[\r\n]+/)) addPart(line.trim(), parts);
  for (const inner of jsonValues(value)) collectParts(inner, parts);
  for (const password of urlPasswords(value)) addPart(password, parts);
}

function addPart(text: string, parts: Set<string>): void {
  if (text.length < SHORTEST_SECRET || /^(?:true|false|null)$/i.test(text)) return;
  parts.add(text);
  if (!/^[+-]?\d+(?:\.\d+)?$/.test(text)) return;
  // A task that reads the text as a number prints it in this form.
  const number = String(Number(text));
  if (number.length >= SHORTEST_SECRET) parts.add(number);
}

/** Returns the texts and numbers inside a value that is a JSON list or object; none otherwise. */
function jsonValues(value: string): readonly string[] {
  if (!/^\s*[[{]/.test(value)) return [];
  const found: string[] = [];
  try {
    JSON.parse(value, (_, member: unknown) => {
      if (typeof member === 'string' || typeof member === 'number') found.push(String(member));
      return member;
    });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return found;
}

function* spellings(text: string): Generator<string> {
  const bytes = Buffer.from(text);
  yield text;
  yield* quoted(text);
  yield* inMarkup(text);
  yield* percentEncoded(text.toWellFormed());
  yield* base64(bytes);
  // PowerShell encodes UTF-16; a password of a registry is encoded in a file that is encoded again.
  yield* base64(Buffer.from(text, 'utf16le'));
  for (const form of base64(bytes)) yield* base64(Buffer.from(form));
  yield* hex(bytes);
}

/** Returns the forms that a text has inside quotes: those of JSON (in JSON, too, and as Go and PHP write it), of `console.log`, of Python, of a shell, of YAML and SQL. */
function quoted(text: string): readonly string[] {
  const json = inQuotes(text);
  const shell = text.replaceAll("'", "'\\''");
  return [
    json,
    inQuotes(json),
    json.replaceAll('/', '\\/'),
    inCodeUnits(json, /[^ -~]/g),
    inCodeUnits(json, /[<>&]/g),
    inCodeUnits(json, /[<>&]|[^ -~]/g),
    inspect(text).slice(1, -1),
    text.replaceAll(/[\\']/g, '\\$&'),
    shell,
    text.replaceAll(/[^\w@%+=:,./-]/g, '\\$&'),
    text.replaceAll("'", "''"),
  ];
}

const inCodeUnits = (json: string, characters: RegExp): string =>
  json.replaceAll(characters, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const inQuotes = (text: string): string => JSON.stringify(text).slice(1, -1);

/** Returns the forms that a text has in HTML and XML: as content, in an attribute, and with each name of the quotes and the plus sign. */
function inMarkup(text: string): readonly string[] {
  const content = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const attribute = content.replaceAll('"', '&quot;');
  const apostrophes = ['&#39;', '&#x27;', '&apos;'];
  const numbered = content.replaceAll('"', '&#34;').replaceAll("'", '&#39;');
  return [
    content,
    attribute,
    ...apostrophes.map((name) => attribute.replaceAll("'", name)),
    numbered,
    numbered.replaceAll('+', '&#43;'),
  ];
}

/** Encoders differ in the characters that they leave as they are, and in the case of their digits. */
function percentEncoded(text: string): readonly string[] {
  const component = encodeURIComponent(text);
  const strict = component.replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const url = new URL('http://localhost');
  url.password = text;
  const encoded = [
    component,
    encodeURIComponent(component),
    strict,
    strict.replaceAll('%2F', '/'),
    encodeURI(text),
    url.password,
    new URLSearchParams({ '': text }).toString().slice(1),
  ];
  const lower = encoded.map((form) => form.replaceAll(/%../g, (code) => code.toLowerCase()));
  return [...encoded, ...lower];
}

/**
 * Three bytes are four characters, so the same text looks different behind 0, 1 and 2 bytes of another, such as the
 * user's name of Basic authentication. What the neighbours have a share in is left out.
 */
function* base64(bytes: Uint8Array): Generator<string> {
  for (const before of [0, 1, 2]) {
    const all = Buffer.concat([new Uint8Array(before), bytes]);
    const encoded = all.toString('base64').replaceAll('=', '');
    const own = encoded.slice(Math.ceil((before * 8) / 6), Math.floor((all.length * 8) / 6));
    for (const form of before === 0 ? [encoded, own] : [own]) {
      if (form.length < SHORTEST_ENCODED) continue;
      yield form;
      yield form.replaceAll('+', '-').replaceAll('/', '_');
    }
  }
}

function hex(bytes: Buffer): readonly string[] {
  const digits = bytes.toString('hex');
  const spaced = bytes
    .subarray(0, INSPECTED_BYTES)
    .toString('hex')
    .replaceAll(/..(?=.)/g, '$& ');
  const apart = digits.replaceAll(/..(?=.)/g, '$&:');
  return [digits, digits.toUpperCase(), spaced, apart, apart.toUpperCase()];
}

/** The lines of programs that encode a long value and break the text. */
function* wrapped(bytes: Buffer): Generator<string> {
  const encoded = bytes.toString('base64').slice(0, Math.floor((bytes.length * 8) / 6));
  for (const width of BASE64_WIDTHS) yield* linesOf(encoded, width);
  yield* linesOf(bytes.toString('hex'), HEX_WIDTH);
}

function* linesOf(text: string, width: number): Generator<string> {
  for (let from = 0; text.length > width && from < text.length; from += width) {
    const line = text.slice(from, from + width);
    if (line.length >= SHORTEST_ENCODED) yield line;
  }
}
