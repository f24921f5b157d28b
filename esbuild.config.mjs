// @ts-check
/**
 * Builds the bundle: dp's entries come in as sources, one file for main and one for each kind of thread go out.
 * `node esbuild.config.mjs` writes it to dist/, where bin/dp prefers it to the sources;
 * bin/build-binary.ts puts the same files into the single executable.
 */
import { build } from 'esbuild';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';

const root = import.meta.dirname;

/**
 * Main is CommonJS: V8 caches the compiled code, and modules in the file still run only when first imported.
 * By measurement it starts faster than chunks and faster than ESM. A single executable has it in one file.
 */
const main = {
  entryPoints: { dp: 'src/cli/main.ts' },
  format: /** @type {const} */ ('cjs'),
  outExtension: { '.js': '.cjs' },
  banner: { js: "const dpFile = require('node:url').pathToFileURL(__filename).href;" },
  define: { DP_BUNDLED: 'true', 'import.meta.url': 'dpFile' },
};

const commandLine = { ...main, entryPoints: { 'command-line': 'src/cli/command-line.ts' } };

const threads = {
  entryPoints: {
    worker: 'src/executor/worker/worker.ts',
    process: 'src/executor/worker/process.ts',
    watchdog: 'src/executor/worker/watchdog.ts',
    'command-host': 'src/executor/workers/command-host-process.ts',
    discover: 'src/registry/modules/discovery-worker.ts',
  },
  format: /** @type {const} */ ('esm'),
  outExtension: { '.js': '.mjs' },
  // Packages that are written in CommonJS call `require`.
  banner: {
    js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
  },
  define: { DP_BUNDLED: 'true' },
};

const poolThread = {
  entryPoints: {
    piscina: join(dirname(createRequire(import.meta.url).resolve('piscina')), 'worker.js'),
  },
  format: /** @type {const} */ ('cjs'),
  outExtension: { '.js': '.cjs' },
  // Threads have the environment of their tasks, in which no variable tells Node to keep compiled code.
  banner: {
    js: "{ const { compileCache } = require('node:worker_threads').workerData ?? {}; if (compileCache !== undefined) require('node:module').enableCompileCache(compileCache); }",
  },
};

/** The clients of servers are large and seldom used: V8 would read them at each start if they were part of main. */
const CLIENTS = { ioredis: 'redis-client', '@platformatic/kafka': 'kafka-client' };

const clients = {
  entryPoints: Object.fromEntries(
    Object.entries(CLIENTS).map(([name, file]) => [
      file,
      createRequire(import.meta.url).resolve(name),
    ]),
  ),
  format: /** @type {const} */ ('cjs'),
  outExtension: { '.js': '.cjs' },
  banner: main.banner,
  define: { 'import.meta.url': 'dpFile' },
};

/**
 * Unlike the command, the library is ES modules, of which a program loads those that it uses.
 * An older Node has to be able to read the entries, so that it can say which Node they need.
 */
const library = {
  format: /** @type {const} */ ('esm'),
  splitting: true,
  outExtension: { '.js': '.mjs' },
  banner: threads.banner,
  define: threads.define,
  target: 'node20',
};

/**
 * @param {string} folder
 * @param {{ sourcemap?: false }} [options]
 */
export async function bundle(folder, options = {}) {
  await built(folder, { ...commandLine, plugins: mainPlugins, ...options });
  await bundleParts(folder, options);
  // Written last: bin/dp takes the age of this file for that of all.
  await built(folder, { ...main, plugins: [commandLineIsAFile, ...mainPlugins], ...options });
}

/**
 * Returns the paths of the sources that went into the bundles, relative to the project.
 * @param {string} folder
 */
export async function bundleForExecutable(folder) {
  const parts = await bundleParts(folder, { sourcemap: false });
  const own = await built(folder, { ...main, plugins: mainPlugins, sourcemap: false });
  return [...parts, ...own];
}

/**
 * @param {string} folder
 * @param {{ sourcemap?: false }} options
 */
async function bundleParts(folder, options) {
  const sources = [];
  for (const entries of [threads, poolThread, clients])
    sources.push(...(await built(folder, { ...entries, ...options })));
  return sources;
}

/**
 * @param {string} folder
 * @param {Record<string, string>} entryPoints
 */
export async function bundleLibrary(folder, entryPoints) {
  await built(folder, {
    ...library,
    entryPoints,
    sourcemap: false,
    plugins: [packagesImportedLateKeepTheirNames, ...plugins],
  });
}

/**
 * @param {string} folder
 * @param {import('esbuild').BuildOptions & { entryPoints: Record<string, string> }} entries
 */
async function built(folder, entries) {
  const { metafile } = await build({
    absWorkingDir: root,
    outdir: folder,
    bundle: true,
    platform: 'node',
    target: 'node26',
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'external',
    legalComments: 'none',
    logLevel: 'warning',
    // Piscina works without this optional package.
    external: ['@napi-rs/nice'],
    // This form of Kafka's native part has it inside, and reads no file beside itself.
    alias: { '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled' },
    plugins,
    ...entries,
    entryPoints: present(entries.entryPoints),
    metafile: true,
  });
  const files = Object.keys(metafile.outputs).filter((file) => /\.[cm]js$/.test(file));
  for (const file of files) await escapeText(join(root, file));
  // Sources of which nothing was used are inputs, too.
  return Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((file) => (inputs[file]?.bytesInOutput ?? 0) > 0),
  );
}

/**
 * Escapes what is not ASCII, which esbuild leaves in templates and patterns: V8 holds a text with one such character in
 * two bytes a character, and reads it at every start.
 * @param {string} file
 */
async function escapeText(file) {
  const text = await readFile(file, 'utf8');
  const escaped = text.replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  if (escaped !== text) await writeFile(file, escaped);
}

/**
 * Makes Piscina find the file of its threads, which it expects beside its own file.
 * @type {import('esbuild').Plugin}
 */
const piscinaFindsItsThread = {
  name: 'piscina finds its thread',
  setup(bundler) {
    bundler.onLoad({ filter: /[/\\]piscina[/\\]dist[/\\]index\.js$/ }, async ({ path }) => {
      const written = "(0, node_path_1.resolve)(__dirname, 'worker.js')";
      const source = await readFile(path, 'utf8');
      if (!source.includes(written)) throw new Error(`piscina no longer says ${written}`);
      const installation = JSON.stringify(join(root, 'src/app/project/installation.ts'));
      return {
        contents: source.replace(written, `require(${installation}).bundledFile('piscina.cjs')`),
      };
    });
  },
};

/**
 * Bundles what sources load late: `createRequire(import.meta.url)('name')` loads a package synchronously,
 * and `readFileSync(new URL('file', import.meta.url), 'utf8')` reads the text of another source.
 * @type {import('esbuild').Plugin}
 */
const lateRequiresAndTextsAreBundled = {
  name: 'late requires and texts are bundled',
  setup(bundler) {
    bundler.onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const late = /createRequire\(import\.meta\.url\)\((?='[\w@/.-]+'\))/g;
      const text = /readFileSync\(new URL\('([^']+)', import\.meta\.url\), 'utf8'\)/g;
      const contents = source
        .replaceAll(late, 'require(')
        .replaceAll(text, (_, /** @type {string} */ file) =>
          JSON.stringify(readFileSync(join(dirname(path), file), 'utf8')),
        );
      return { contents, loader: 'ts' };
    });
  },
};

/**
 * Gives `import('name')` the names that it has in the sources: with `splitting`, esbuild turns a package in CommonJS
 * into a module that exports its default alone.
 * @type {import('esbuild').Plugin}
 */
const packagesImportedLateKeepTheirNames = {
  name: 'packages imported late keep their names',
  setup(bundler) {
    const folder = join(root, 'late');
    bundler.onResolve({ filter: /^[\w@]/ }, ({ path, kind, importer }) =>
      kind === 'dynamic-import' && importer.startsWith(join(root, 'src')) && !isBuiltin(path)
        ? { path: join(folder, `${path}.mjs`), pluginData: path }
        : undefined,
    );
    bundler.onLoad({ filter: /[/\\]late[/\\].*\.mjs$/ }, async ({ pluginData: name }) => {
      // A path that the resolver above did not make is somebody's own.
      if (typeof name !== 'string') return undefined;
      const names = Object.keys(/** @type {object} */ (await import(name))).filter((each) =>
        /^[\w$]+$/.test(each),
      );
      const taken = names.map((each) => `${each}: late_${each}`).join();
      const given = names.map((each) => `late_${each} as ${each}`).join();
      const contents = `import * as late from '${name}'; const { ${taken} } = late; export { ${given} };`;
      return { contents, resolveDir: root };
    });
  },
};

/**
 * Makes main load the clients of servers from their own files.
 * @type {import('esbuild').Plugin}
 */
const clientsAreFiles = {
  name: 'clients are files',
  setup(bundler) {
    bundler.onResolve({ filter: /^(?:ioredis|@platformatic\/kafka)$/ }, ({ path }) => ({
      path,
      namespace: 'client',
    }));
    bundler.onLoad({ filter: /.*/, namespace: 'client' }, ({ path }) => {
      const installation = JSON.stringify(join(root, 'src/app/project/installation.ts'));
      const file = JSON.stringify(`${CLIENTS[/** @type {keyof typeof CLIENTS} */ (path)]}.cjs`);
      const contents = `const file = require(${installation}).bundledFile(${file});
module.exports = require('node:module').createRequire(file)(file);`;
      return { contents, resolveDir: root };
    });
  },
};

/**
 * Keeps the command line out of the file that starts it: `--version` needs none of it.
 * @type {import('esbuild').Plugin}
 */
const commandLineIsAFile = {
  name: 'the command line is a file',
  setup(bundler) {
    bundler.onResolve({ filter: /^\.\/command-line\.ts$/ }, () => ({
      path: 'command-line',
      namespace: 'part',
    }));
    bundler.onLoad({ filter: /.*/, namespace: 'part' }, () => ({
      contents:
        "module.exports = require('node:module').createRequire(__filename)('./command-line.cjs');",
    }));
  },
};

const plugins = [piscinaFindsItsThread, lateRequiresAndTextsAreBundled];
const mainPlugins = [clientsAreFiles, ...plugins];

/**
 * @param {Record<string, string>} entries
 * @returns {Record<string, string>}
 */
function present(entries) {
  return Object.fromEntries(
    Object.entries(entries).filter(([, file]) => {
      const there = existsSync(join(root, file)) || existsSync(file);
      if (!there) console.error(`bundle: ${file} is not there yet; left out`);
      return there;
    }),
  );
}

if (import.meta.main) await bundle(join(root, 'dist'));
