import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { snakeCase } from '../../src/model/fields.ts';
import { DEFAULT_SETTINGS, inCode, RETRY, SETTINGS } from '../../src/model/settings.ts';
import { checkOptions } from '../../src/registry/authoring/check-options.ts';
import { parse } from '../config/reading.ts';

// prettier-ignore
const VALUES = [
  0, 1, 2, 0.5, -1, 5000, 1e9, 512, 2 ** 40, true, false, '', 'soon', '5m', '40000d', '0s', '512MB', '2GiB',
  'full', 'thread', 'linear', 'always', 'crashed', 'a pool/with ..', 'database',
  [], ['crashed'], ['crashed', 'often'], {}, { ttl: '7d' }, { ttl: 0 }, { tll: 1 },
];
const anySetting = fc.constantFrom(...Object.keys(SETTINGS).filter((name) => name !== 'retry'));
const anyPartOfRetry = fc.constantFrom(...Object.keys(RETRY));

interface Verdict {
  readonly settings: unknown;
  readonly problems: readonly string[];
}

async function inFile(settings: object): Promise<Verdict> {
  const { pipeline, diagnostics } = await parse(
    JSON.stringify({ name: 'p', tasks: { a: settings } }),
  );
  return {
    settings: pipeline?.tasks.get('a')?.settings,
    problems: diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ message, hint }) =>
        requirement(inCode(`${message} → ${typeof hint === 'string' ? hint : ''}`)),
      ),
  };
}

function inOptions(options: object): Verdict {
  const problems: string[] = [];
  const { settings } = checkOptions(options, (message, hint = '') =>
    problems.push(requirement(`${message} → ${hint}`)),
  );
  return { settings: problems.length === 0 ? settings : undefined, problems };
}

/** What is asked for and how to mend it, without where it stands and how a value is shown. */
function requirement(problem: string): string {
  return problem
    .replace(/^(?:task option "|tasks\.a\.)(?<path>[\w.[\]]+)"?/, '$<path>')
    .replace(/ in (?:task option "|tasks\.a\.)(?<path>\w+)"?/, ' in $<path>')
    .replace(', or null', '')
    .replace(/, not .* → /s, ' → ');
}

test('a setting is read alike in a file and in code, and refused in the same words', async () => {
  const anySaid = fc.oneof(
    fc.tuple(anySetting, fc.constantFrom(...VALUES)).map(([name, value]) => ({
      file: { [snakeCase(name)]: value },
      code: { [name]: value },
    })),
    fc.tuple(anyPartOfRetry, fc.constantFrom(...VALUES)).map(([name, value]) => ({
      file: { retry: { [snakeCase(name)]: value } },
      code: { retry: { [name]: value } },
    })),
  );
  await fc.assert(
    fc.asyncProperty(anySaid, async ({ file, code }) => {
      expect(inOptions(code)).toEqual(await inFile(file));
    }),
    { numRuns: 1000 },
  );
});

test('what holds by default is what code may write', () => {
  const { retry, ...others } = DEFAULT_SETTINGS;
  expect(inOptions({ retry, ...others })).toEqual({ settings: DEFAULT_SETTINGS, problems: [] });
});

test('hints for names of other tools use the spelling of the source', () => {
  expect(inOptions({ continue_on_error: true, retry_delay: 3 }).problems).toEqual([
    'unknown task option "continue_on_error" → write `failSafe: true`',
    'unknown task option "retry_delay" → write `retry: { delay: … }`',
  ]);
  expect(inOptions({ max_retries: 3 }).problems).toEqual([
    'unknown task option "max_retries" → write "maxRetries"',
  ]);
});
