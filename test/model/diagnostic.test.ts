import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { didYouMean, hasErrors, nearest } from '../../src/model/diagnostic.ts';
import { CATALOGUE, Fault, impossible, type DiagnosticCode } from '../../src/model/fault.ts';

describe('the nearest name', () => {
  test('is one with a letter left out, put in, replaced, or swapped with its neighbour', () => {
    for (const name of ['downlad', 'downlooad', 'downloat', 'donwload', 'DOWNLOAD']) {
      expect(nearest(name, ['clean', 'download', 'report'])).toBe('download');
    }
  });

  test('is none when every name is more than a third away', () => {
    expect(nearest('clean', ['download', 'report'])).toBeUndefined();
    expect(nearest('ab', ['xy'])).toBeUndefined();
    expect(nearest('anything', [])).toBeUndefined();
  });

  test('is the name itself when it is there', () => {
    const anyNames = fc.array(fc.stringMatching(/^[a-z_]{1,8}$/), { minLength: 1 });
    fc.assert(
      fc.property(anyNames, fc.nat(), (names, draw) => {
        const name = names[draw % names.length]!;
        expect(nearest(name, names)).toBe(name);
      }),
    );
  });

  test('is said as a question', () => {
    expect(didYouMean('lod', ['load'])).toBe('did you mean "load"?');
    expect(didYouMean('lod', ['xyz'])).toBeUndefined();
  });
});

describe('a fault', () => {
  const warning = { code: 'DP1005', severity: 'warning', message: 'odd' } as const;
  const error = { code: 'DP2006', severity: 'error', message: 'no task "x"' } as const;

  test('keeps all diagnostics, and has the code and kind of the first error among them', () => {
    const fault = Fault.of([warning, error]);
    expect(fault.diagnostics).toEqual([warning, error]);
    expect([fault.code, fault.message, fault.kind]).toEqual(['DP2006', 'no task "x"', 'not_found']);
  });

  test('without a diagnostic is our bug', () => {
    expect(Fault.of([]).kind).toBe('bug');
  });

  test('keeps its cause and hint', () => {
    const cause = new Error('EACCES');
    const fault = new Fault('DP8001', 'cannot write', { cause, hint: 'make it writable' });
    expect(fault.cause).toBe(cause);
    expect(fault.diagnostics).toEqual([
      { code: 'DP8001', severity: 'error', message: 'cannot write', hint: 'make it writable' },
    ]);
  });

  test('is an error and no warning', () => {
    expect(hasErrors([warning])).toBe(false);
    expect(hasErrors([warning, error])).toBe(true);
  });
});

test('a case that cannot be says that it is our bug, and which', () => {
  const broken = 'sideways' as never;
  expect(() => impossible(broken)).toThrow('impossible case: "sideways"');
});

test('every code of the catalogue is explained', () => {
  for (const code of Object.keys(CATALOGUE) as DiagnosticCode[]) {
    const { title, explain } = CATALOGUE[code];
    expect(code).toMatch(/^DP\d{4}$/);
    expect(title).not.toBe('');
    expect(explain).toMatch(/\.\)?$/);
  }
});
