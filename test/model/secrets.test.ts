import { describe, expect, test } from 'vitest';
import { looksSecret, secretValues } from '../../src/model/secrets.ts';

describe('the name of a variable', () => {
  test.each([
    'TOKEN',
    'data_token',
    'DB_PASSWORD',
    'AWS_SECRET_ACCESS_KEY',
    'APIKEY',
    'SENTRY_DSN',
  ])('%s is that of a secret', (name) => expect(looksSecret(name)).toBe(true));
  test.each(['REGION', 'TOKEN_LIMIT', 'AWS_ACCESS_KEY_ID', 'PUBLIC_KEY', 'SORT_KEY', 'COMPASS'])(
    '%s is not',
    (name) => expect(looksSecret(name)).toBe(false),
  );
});

test('plain values are secret where they give themselves away', () => {
  const env = {
    PIN: '98765432',
    REGION: 'eu-west-1',
    DATABASE_URL: 'postgres://me:s%3Acret@db/x',
    PAGE: 'https://example.org:8443/a@b',
    HUB: 'ghp_0123456789',
  };
  expect(secretValues(['PIN'], env)).toEqual(['98765432', 's%3Acret', 's:cret', 'ghp_0123456789']);
});
