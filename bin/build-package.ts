/**
 * The npm package: the sources come in, dist/dp-<version>.tgz goes out, which installs into any project.
 * It holds compiled JavaScript and declarations. Native parts, Node among them, are packages that it depends on.
 * `--into` names another folder than dist/.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from '../esbuild.config.mjs';
import { exportsOf, writeLibrary } from './library-files.ts';
import { npm } from './npm.ts';

const root = join(import.meta.dirname, '..');
const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
const own = read('package.json') as {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
};
const lock = read('package-lock.json') as {
  readonly packages: Readonly<Record<string, { readonly version: string }>>;
};

const ENTRIES = { index: 'index.ts', testing: 'testing/testing.ts' };

const { values: options } = parseArgs({
  options: { into: { type: 'string', default: join(root, 'dist') } },
});

const staging = mkdtempSync(join(tmpdir(), 'dp-package-'));
try {
  await bundle(join(staging, 'dist'), { sourcemap: false });
  await writeLibrary(staging, ENTRIES);
  cpSync(join(root, 'bin/package'), staging, { recursive: true });
  writeFileSync(join(staging, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  cpSync(join(root, 'README.md'), join(staging, 'README.md'));
  mkdirSync(options.into, { recursive: true });
  npm(['pack', '--silent', '--pack-destination', options.into], staging);
  const archive = join(options.into, `dp-${own.version}.tgz`);
  console.log(
    `${relative(process.cwd(), archive)}: ${Math.round(statSync(archive).size / 1e3)} kB`,
  );
} finally {
  rmSync(staging, { recursive: true, force: true });
}

function manifest(): object {
  const { version, description, license } = own;
  return {
    name: 'dp',
    version,
    description,
    license,
    type: 'module',
    bin: { dp: 'bin/dp.cjs' },
    exports: exportsOf(ENTRIES),
    // The command; the library says itself that it needs 26. Yarn installs nothing where this does not hold.
    engines: { node: '>=20' },
    dependencies: { 'oxc-transform': own.dependencies['oxc-transform'] },
    optionalDependencies: { ...own.optionalDependencies, ...compilers() },
    peerDependencies: { '@types/node': '*' },
    peerDependenciesMeta: { '@types/node': { optional: true } },
  };
}

/**
 * Returns the TypeScript compilers of the platforms for which there is a Node.
 * The package that chooses between them has a command `tsc`, which would take the place of the project's own.
 */
function compilers(): Readonly<Record<string, string>> {
  const platforms = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64'];
  const names = platforms.map((platform) => `@typescript/typescript-${platform}`);
  return Object.fromEntries(names.map((name) => [name, locked(name)]));
}

function locked(name: string): string {
  const found = lock.packages[`node_modules/${name}`];
  if (found === undefined) throw new Error(`${name} is not in package-lock.json`);
  return found.version;
}
