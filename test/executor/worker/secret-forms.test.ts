import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Redaction } from '../../../src/executor/worker/redaction.ts';
import { isRedactable, secretForms } from '../../../src/executor/worker/secret-forms.ts';

const shown = (secret: string, text: string): string => new Redaction([secret]).text(text);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const KEY = [
  '-----BEGIN KEY-----',
  'MIIabcdefSECRETLINE1',
  'MIIabcdefSECRETLINE2/+==',
  '-----END KEY-----',
].join('\n');
const SECRET_LINE = /SECRETLINE/;

test.each([
  ['as it is', KEY],
  ['on one line', KEY.replaceAll('\n', ' ')],
  ['indented', KEY.replaceAll(/^/gm, '    ')],
  ['with CRLF', KEY.replaceAll('\n', '\r\n')],
  ['with \\n written out', KEY.replaceAll('\n', '\\n')],
  ['as JSON', JSON.stringify({ key: KEY })],
  ['as JSON in JSON', JSON.stringify(JSON.stringify({ key: KEY }))],
  ['as console.log shows it', inspect({ key: KEY })],
  ['percent-encoded', encodeURIComponent(KEY)],
])('no line of a secret of several lines is left in it, %s', (_, text) => {
  expect(shown(KEY, text)).not.toMatch(SECRET_LINE);
  expect(shown(KEY.replaceAll('\n', '\r\n'), text)).not.toMatch(SECRET_LINE);
  expect(shown(KEY.replaceAll('\n', '\\n'), text)).not.toMatch(SECRET_LINE);
});

test.each([
  ['base64 with line breaks', base64(KEY).replaceAll(/.{64}/g, '$&\n'), /[\w+/]{12}/],
  ['base64 with longer lines', base64(`${KEY}\n`).replaceAll(/.{76}/g, '$&\n'), /[\w+/]{12}/],
  [
    'lines of hexadecimal digits',
    Buffer.from(KEY).toString('hex').replaceAll(/.{60}/g, '$&\n'),
    /[\da-f]{12}/,
  ],
])('%s of a long secret are masked', (_, text, digits) => {
  expect(shown(KEY, text)).not.toMatch(digits);
});

test.each(['p&ss w/rd"1\'é', 'tops3cret-Passw0rd', 'ünïcode-geheim'])(
  'the encoded forms of %s are masked',
  (secret) => {
    const url = new URL('https://host/');
    url.password = secret;
    const forms = [
      JSON.stringify(secret),
      inspect(secret),
      encodeURIComponent(secret),
      encodeURI(secret),
      encodeURIComponent(secret).replaceAll("'", '%27'),
      encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase()),
      new URLSearchParams({ key: secret }).toString(),
      url.href,
      secret.replaceAll('&', '&amp;'),
      secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
      secret.replaceAll("'", "''"),
      Buffer.from(secret)
        .toString('hex')
        .replaceAll(/..(?=.)/g, '$&:'),
      Buffer.from(secret).toString('hex'),
      Buffer.from(secret).toString('hex').toUpperCase(),
      inspect(Buffer.from(secret)),
      base64(secret),
      Buffer.from(secret).toString('base64url'),
      // As Go, PHP, Python, printf %q and PowerShell write it, and encoded twice.
      JSON.stringify(secret).replaceAll('&', '\\u0026'),
      JSON.stringify(secret).replaceAll('/', '\\/'),
      `'${secret.replaceAll("'", "\\'")}'`,
      secret.replaceAll(/[ &"'éü]/g, '\\$&'),
      secret.replaceAll('&', '&amp;').replaceAll('"', '&#34;').replaceAll("'", '&#39;'),
      Buffer.from(secret, 'utf16le').toString('base64'),
      encodeURIComponent(encodeURIComponent(secret)),
      base64(base64(secret)),
      base64(`{"auth":"${base64(`user:${secret}`)}"}`),
    ];
    const redaction = new Redaction([secret]);
    expect(forms.filter((form) => !redaction.hides(`<${form}>`))).toEqual([]);
  },
);

test.each(['', 'u', 'me', 'you', 'user', 'longer'])(
  'Basic authentication of the user "%s" shows at most the characters that both share',
  (user) => {
    const header = shown('tops3cret-Passw0rd', base64(`${user}:tops3cret-Passw0rd`));
    const [before = '', after = ''] = header.split('***');
    expect(header).toContain('***');
    expect(Buffer.from(before, 'base64').toString()).not.toMatch(/to/);
    expect(after.length).toBeLessThanOrEqual(3);
  },
);

test('texts and numbers inside a secret that is JSON are secrets', () => {
  const secret = JSON.stringify({ user: { password: 'hunter22', pin: 48151623 }, lines: [KEY] });
  expect(shown(secret, 'hunter22 48151623')).toBe('*** ***');
  expect(shown(secret, inspect(JSON.parse(secret), { depth: 9 }))).not.toMatch(SECRET_LINE);
});

test('the password of a URL is a secret, as written and decoded', () => {
  const secret = 'postgres://me:p%40ssw0rd@db/x';
  expect(shown(secret, 'p%40ssw0rd, p@ssw0rd, db')).toBe('***, ***, db');
});

test('a number is a secret without its leading zeros, too', () => {
  expect(shown('00123456', '00123456 123456')).toBe('*** ***');
});

test.each(['', 'abc', ' abc ', 'true', 'FALSE', 'null', 'a\nb\nc'])(
  '%j is too short or too common to be redacted',
  (value) => {
    expect(isRedactable(value)).toBe(false);
    expect(secretForms(value).size).toBe(0);
  },
);

test('no form holds a line break, or is shorter than four characters', () => {
  const forms = [...secretForms(KEY), ...secretForms('{"a":"b\\n\\u0001 long"}')];
  expect(forms.filter((form) => form.length < 4 || /[\r\n]/.test(form))).toEqual([]);
});
