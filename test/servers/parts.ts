/**
 * Real programs and servers that tests use beside Node. A part is where its variable says, or else where it is found.
 * Where it is missing, its tests are skipped with the line that installs it; with DP_REQUIRE_SERVERS=1, which .ci/run sets,
 * they fail on a machine on which `test/servers/setup` can install.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'vitest';
import { testNeeding } from '../test-needing.ts';

/** Each returns the URL of a server that runs, or the path of what is installed. `setup` installs each by the same name. */
const PARTS = {
  chromium: () =>
    process.env['DP_TEST_CHROMIUM'] ?? program('chromium', 'chromium-browser', 'google-chrome'),
  fish: () => program('fish'),
  groff: () => program('groff'),
  kafka: () => process.env['DP_TEST_KAFKA'] ?? (program('java') && kafkaJars()),
  redis: () => process.env['DP_TEST_REDIS'] ?? program('redis-server'),
  script: () => process.env['DP_TEST_SCRIPT'] ?? program('script'),
  zsh: () => program('zsh'),
} satisfies Readonly<Record<string, () => string | undefined>>;

/** Returns `test` for what needs the part, which receives the place where the part was found. */
export function testWith(part: keyof typeof PARTS) {
  const found = PARTS[part]();
  const missing = `${part} (test/servers/setup ${part} installs it)`;
  const define = testNeeding(missing, found !== undefined || isRequired());
  return (title: string, run: (found: string) => void | Promise<void>, timeout?: number): void =>
    define(
      title,
      () => (found === undefined ? expect.fail(`the test needs ${missing}`) : run(found)),
      timeout,
    );
}

/** Returns the folder of the jars, if they are there. */
function kafkaJars(): string | undefined {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const jars = join(cache, 'dp-test-servers/kafka-4.1.0');
  return existsSync(jars) ? jars : undefined;
}

function isRequired(): boolean {
  return process.env['DP_REQUIRE_SERVERS'] === '1' && program('apt-get') !== undefined;
}

/** Returns the path of the first of these programs that is on the PATH. */
function program(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
