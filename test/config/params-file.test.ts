import { expect, test } from 'vitest';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { parseParamsFile } from '../../src/config/params-file.ts';
import { resolveParams } from '../../src/config/params/params.ts';
import { pipelineFrom } from './reading.ts';

const PIPELINE =
  'name: p\nparams: { year: { type: integer }, name: { default: x } }\ntasks: { a: }\n';

async function resolved(text: string, texts: readonly (readonly [string, string])[] = []) {
  const { value: params, diagnostics } = await parseParamsFile(
    Buffer.from(text),
    '/project/values.yaml',
  );
  if (params === undefined) return diagnostics.map(told);
  const given = { json: params.values, places: params.places, texts };
  const outcome = await resolveParams(await pipelineFrom(PIPELINE), given, () => undefined);
  return outcome.diagnostics.length === 0 ? outcome.values : outcome.diagnostics.map(told);
}

const told = ({ code, message, at }: Diagnostic): string =>
  `${at?.line}:${at?.column} ${code} ${message}`;

test.each([
  ['year: 2001\nname: "007"\n', { year: 2001, name: '007' }],
  ['{ "year": 2001, "name": [1, { "a": null }] }', { year: 2001, name: [1, { a: null }] }],
  ['year: 2001 # the first', { year: 2001, name: 'x' }],
])('a file of YAML or JSON gives values with their types: %j', async (text, values) => {
  expect(await resolved(text)).toEqual(values);
});

test('a value on the command line takes precedence', async () => {
  expect(await resolved('year: nonsense\nname: y', [['year', '1999']])).toEqual({
    year: 1999,
    name: 'y',
  });
});

test.each([
  ['name: y\nyear: soon', ['2:1 DP2004 parameter "year" must be an integer, not "\\"soon\\""']],
  ['year: 1\nyaer: 2', ['2:1 DP2003 pipeline "p" has no parameter "yaer"']],
  ['[1]', ['1:1 DP1004 a file of parameters is a mapping: NAME: VALUE']],
  ['', ['1:1 DP1004 a file of parameters is a mapping: NAME: VALUE']],
  ['year: 1\nyear: 2', [expect.stringMatching(/^2:1 DP100\d /)]],
])('a mistake is told with its place: %j', async (text, diagnostics) => {
  expect(await resolved(text)).toEqual(diagnostics);
});
