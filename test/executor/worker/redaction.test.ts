import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Redaction } from '../../../src/executor/worker/redaction.ts';
import type { TaskError } from '../../../src/model/event.ts';

const inPieces = (redaction: Redaction, bytes: Uint8Array, cuts: readonly number[]): string => {
  const stream = redaction.stream();
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)];
  const shown = edges.map((edge, n) => stream.write(bytes.subarray(edge, edges[n + 1])));
  return Buffer.concat([...shown, stream.end()]).toString();
};

test('however a text is cut, no value shows, and nothing else is changed', () => {
  const secrets = ['hunter2', 'hunter', 'pässwörd'];
  const redaction = new Redaction(secrets);
  const words = fc.constantFrom(...secrets, 'hunt', 'er2', ' ', 'x', 'ä', 'pä', '\n');
  fc.assert(
    fc.property(fc.array(words), fc.array(fc.nat()), (parts, cuts) => {
      const text = parts.join('');
      expect(inPieces(redaction, Buffer.from(text), cuts)).toBe(redaction.text(text));
      expect(redaction.text(text)).toBe(text.replaceAll(/hunter2|hunter|pässwörd/g, '***'));
    }),
  );
});

test('lines of a secret are masked one by one, however the text is cut', () => {
  const redaction = new Redaction(['first line\nsecond line']);
  fc.assert(
    fc.property(fc.array(fc.nat()), (cuts) => {
      const text = 'a\nfirst line\r\n  second line\nfirst lin';
      expect(inPieces(redaction, Buffer.from(text), cuts)).toBe('a\n***\r\n  ***\nfirst lin');
    }),
  );
});

test('what stands in a finished line is shown at once', () => {
  const stream = new Redaction(['secret']).stream();
  expect(Buffer.from(stream.write(Buffer.from('sec\n'))).toString()).toBe('sec\n');
});

test('bytes that are no text pass unchanged', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const stream = new Redaction(['secret']).stream();
  expect(Buffer.concat([stream.write(bytes), stream.end()])).toEqual(Buffer.from(bytes));
});

test('an end that cannot be the beginning of a value is shown at once', () => {
  const stream = new Redaction(['secret']).stream();
  expect(Buffer.from(stream.write(Buffer.from('password: '))).toString()).toBe('password: ');
  expect(Buffer.from(stream.write(Buffer.from('sec'))).toString()).toBe('');
  expect(Buffer.from(stream.write(Buffer.from('ond'))).toString()).toBe('second');
});

test('values below four characters are no secrets, white space around one does not count', () => {
  const redaction = new Redaction(['on', '', 'token\n']);
  expect(redaction.text('on with the token')).toBe('on with the ***');
});

test('a value counts as it stands in JSON, too', () => {
  const redaction = new Redaction(['say "hi"']);
  expect(redaction.text(JSON.stringify({ line: 'say "hi"' }))).toBe('{"line":"***"}');
});

const telling = (name: string): TaskError => ({
  name: `${name} secret`,
  message: 'the secret is out',
  stack: 'at secret.ts:1',
});

test('every text of an error is redacted, and so are its causes, however deep', () => {
  const redacted = { message: 'the *** is out', stack: 'at ***.ts:1' };
  const error = { ...telling('A'), cause: { ...telling('B'), cause: telling('C') } };
  expect(new Redaction(['secret']).error(error)).toStrictEqual({
    ...redacted,
    name: 'A ***',
    cause: { ...redacted, name: 'B ***', cause: { ...redacted, name: 'C ***' } },
  });
});

test('codes and other fields of an error are redacted; its place stays', () => {
  const error = {
    name: 'E',
    message: 'm',
    code: 'secret',
    signal: 'secret',
    line: 1234,
    column: 1,
  };
  expect(new Redaction(['secret', '1234']).error(error)).toStrictEqual({
    ...error,
    code: '***',
    signal: '***',
  });
});

test('a number that is a secret, or holds one, becomes a text in data', () => {
  const redaction = new Redaction(['98765432']);
  expect(redaction.data({ pin: 98765432, list: [98765432, -98765432, 98765432.5, 12] })).toEqual({
    pin: '***',
    list: ['***', '***', '***', 12],
  });
});

test('numbers beside a secret in a line of JSON keep their digits', () => {
  const line = '{"n":12345678901234567890,"token":"secret","n":1.50}\n';
  expect(new Redaction(['secret']).jsonLine(line)).toBe(line.replace('secret', '***'));
});

test('a long text full of escapes is redacted like any other', () => {
  const line = `${JSON.stringify({ text: '"\n'.repeat(2_000_000), token: 'secret' })}\n`;
  const redacted = new Redaction(['secret']).jsonLine(line);
  expect(redacted).toBe(line.replace('secret', '***'));
});

test.each([
  ['a number', '98765432', { pin: 98765432, n: 1 }, { pin: '***', n: 1 }],
  ['part of an escape', 'nope', { text: 'a\nope nope' }, { text: 'a\nope ***' }],
  ['a quote', 'say "hi"', { text: 'say "hi"', ok: true }, { text: '***', ok: true }],
  ['a word of JSON', 'true', { ok: true, text: 'true' }, { ok: true, text: 'true' }],
  ['a name', 'token', { token: 1, tokens: [null] }, { '***': 1, '***s': [null] }],
])('a line of JSON stays JSON when %s is a secret', (_, secret, line, expected) => {
  const redacted = new Redaction([secret]).jsonLine(`${JSON.stringify(line)}\n`);
  expect(redacted.endsWith('}\n')).toBe(true);
  expect(JSON.parse(redacted)).toEqual(expected);
});
