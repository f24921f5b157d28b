/**
 * The npm package: the sources come in, dist/dp-<version>.tgz goes out, which installs into any project.
 * It holds compiled JavaScript and declarations. Native parts, Node among them, are packages that it depends on.
 * `--into` names another folder than dist/.
 */
import { execFileSync } from 'node:child_process';
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
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, bundleLibrary } from '../esbuild.config.mjs';
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

const { values: options } = parseArgs({
  options: { into: { type: 'string', default: join(root, 'dist') } },
});

const staging = mkdtempSync(join(tmpdir(), 'dp-package-'));
try {
  const code = join(staging, 'dist');
  await bundle(code, { sourcemap: false });
  await bundleLibrary(code);
  for (const entry of ['index', 'testing']) {
    // Modules run in the order of their imports: an old Node reads the sentence, and not an error from somewhere inside.
    writeFileSync(
      join(code, `${entry}.mjs`),
      `import '../node-version.mjs';\nexport * from './${entry}-library.mjs';\n`,
    );
  }
  cpSync(join(root, 'bin/package'), staging, { recursive: true });
  writeDeclarations(join(staging, 'types'));
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
    exports: {
      '.': { types: './types/index.d.ts', default: './dist/index.mjs' },
      './testing': { types: './types/testing/testing.d.ts', default: './dist/testing.mjs' },
      './package.json': './package.json',
    },
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

/** Writes the declarations of the two entries, and of the sources that they name. */
function writeDeclarations(folder: string): void {
  const config = join(staging, 'tsconfig.json');
  const all = join(staging, 'declarations');
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        stripInternal: true,
        rewriteRelativeImportExtensions: true,
        rootDir: join(root, 'src'),
        outDir: all,
        typeRoots: [join(root, 'node_modules/@types')],
      },
      include: [],
      files: [join(root, 'src/index.ts'), join(root, 'src/testing/testing.ts')],
    }),
  );
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', config], { stdio: 'inherit' });
  const wanted = new Set(['index.d.ts', 'testing/testing.d.ts']);
  // A set hands out what is added to it while it is read.
  for (const file of wanted) {
    const text = readFileSync(join(all, file), 'utf8');
    for (const named of namedIn(text)) wanted.add(join(dirname(file), named));
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  rmSync(all, { recursive: true });
  rmSync(config);
}

/** Returns the declaration files that a declaration imports, relative to its own folder. */
function namedIn(text: string): readonly string[] {
  const imports = text.matchAll(/(?:from|import\(|import) ?['"](\.[^'"]+)\.[jt]s['"]/g);
  return [...imports].map(([, path]) => `${path}.d.ts`);
}
