import { expect, test } from 'vitest';
import { parse } from '../reading.ts';

async function told(trigger: string): Promise<readonly string[]> {
  const { pipeline, diagnostics } = await parse(
    `name: p\nparams: { day: { type: string }, n: { default: 1 } }\ntasks: { a: { run: 'true' } }\ntriggers:\n  - ${trigger}\n`,
  );
  expect(pipeline).toBeDefined();
  return diagnostics.map(
    ({ severity, code, message, at }) => `${at?.line} ${severity} ${code} ${message}`,
  );
}

test.each(['{ cron: "0 3 * * *" }', '{ event: data.arrived, params: { n: 2 } }'])(
  'a trigger without a value of a parameter that has no default is warned of: %s',
  async (trigger) => {
    expect(await told(trigger)).toEqual([
      '5 warning DP1005 the trigger gives no value of parameter "day", which has no default',
    ]);
  },
);

test.each(['{ cron: "0 3 * * *", params: { day: "2026-01-01" } }', '{ manual: }', '{ api: {} }'])(
  'and not where it is given, or whoever fires it can give it: %s',
  async (trigger) => {
    const found = await told(trigger);
    expect(found.filter((line) => line.includes('gives no value'))).toEqual([]);
  },
);
