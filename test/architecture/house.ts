/**
 * The house as it is meant, and what a tree of sources breaks of it.
 * Sources come in by path, sentences about what is wrong go out; an empty list says that all holds.
 */
import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseAst } from 'vitest/node';

/** Text by path relative to `src/`, such as `planner/planner.ts`. */
export type Sources = ReadonlyMap<string, string>;

export function readSources(folder: string): Sources {
  const files = globSync('**/*.ts', { cwd: folder }).map((file) => file.replaceAll('\\', '/'));
  return new Map(files.toSorted().map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

export type Room = string;

/**
 * The rooms that each room may import, itself aside; every room may import `lib`, too.
 * The README shows the same table. The rooms `server` and `web` are still to be built.
 */
export const MAY_IMPORT: Readonly<Record<Room, readonly Room[]>> = {
  lib: [],
  model: [],
  config: ['model'],
  registry: ['model'],
  planner: ['model', 'registry'],
  events: ['model'],
  io: ['model'],
  store: ['model'],
  executor: ['model', 'registry', 'planner', 'events', 'io', 'store'],
  scheduler: ['model', 'events', 'store'],
  simulation: ['model', 'registry', 'planner', 'events', 'io', 'store', 'executor', 'scheduler'],
  app: [
    'model',
    'config',
    'registry',
    'planner',
    'events',
    'io',
    'store',
    'executor',
    'scheduler',
    'simulation',
  ],
  views: ['model'],
  server: ['model', 'views', 'app'],
  web: ['model', 'views'],
  cli: ['model', 'views', 'app', 'server'],
  library: ['model', 'registry', 'events', 'io', 'store', 'scheduler', 'app'],
  testing: ['model', 'registry', 'events', 'io', 'executor', 'simulation'],
  index: [
    'model',
    'config',
    'registry',
    'planner',
    'events',
    'io',
    'store',
    'executor',
    'scheduler',
    'app',
    'views',
    'library',
    'server',
  ],
};

/** The file that a reader opens first; `lib`, `model` and `views` hold files that stand by themselves and have none. */
export const MAIN_FILE: Readonly<Record<Room, string>> = {
  config: 'config/parse.ts',
  registry: 'registry/registry.ts',
  planner: 'planner/planner.ts',
  events: 'events/broker.ts',
  io: 'io/io-manager.ts',
  store: 'store/run-store.ts',
  executor: 'executor/executor.ts',
  simulation: 'simulation/simulation.ts',
  scheduler: 'scheduler/scheduler.ts',
  server: 'server/server.ts',
  app: 'app/engine.ts',
  library: 'library/project.ts',
  testing: 'testing/testing.ts',
  cli: 'cli/main.ts',
};

/** Returns the top folder of a file; `index.ts` and `version.ts`, which stand beside the folders, belong to `index` and `model`. */
export function roomOf(file: string): Room {
  const [folder, ...rest] = file.split('/');
  if (rest.length > 0) return folder ?? '';
  return file === 'index.ts' ? 'index' : 'model';
}

export function forbiddenImports(sources: Sources): readonly string[] {
  return edgesOf(sources)
    .filter(([from, to]) => roomOf(from) !== roomOf(to))
    .filter(([, to]) => roomOf(to) !== 'lib')
    .filter(([from, to]) => MAY_IMPORT[roomOf(from)]?.includes(roomOf(to)) !== true)
    .map(([from, to]) => `${from} imports ${to}, and ${roomOf(from)} may not import ${roomOf(to)}`);
}

export function cyclesBetweenFiles(sources: Sources): readonly string[] {
  return cycles(edgesOf(sources));
}

/** Sub-folders are rooms, too: no two of them import each other, types included. */
export function cyclesBetweenFolders(sources: Sources): readonly string[] {
  const edges = edgesOf(sources).map(([from, to]): Edge => [
    posix.dirname(from),
    posix.dirname(to),
  ]);
  return cycles(edges.filter(([from, to]) => from !== to));
}

/** Rooms whose main file does not begin by saying what comes in, what goes out, and what it never does. */
export function roomsWithoutSign(sources: Sources): readonly string[] {
  const rooms = new Set([...sources.keys()].map(roomOf));
  return Object.entries(MAIN_FILE)
    .filter(([room]) => rooms.has(room))
    .filter(([, file]) => !hasSign(sources.get(file) ?? ''))
    .map(([room, file]) => `${file}, the main file of ${room}, does not open with its sign`);
}

/** Who speaks to the terminal without being the command line. */
export function writersToTheTerminal(sources: Sources): readonly string[] {
  return [...sources]
    .filter(([file]) => roomOf(file) !== 'cli')
    .filter(([, text]) =>
      /\bprocess\s*(?:\.\s*(?:stdout|stderr)\b|\[)|\bconsole\s*\./.test(codeOf(text)),
    )
    .map(([file]) => file);
}

/**
 * Strings outside of the command line that name a command or an option of dp, as `file: string`.
 * Other fronts print the same messages and hints, and have neither.
 */
export function commandLineWords(sources: Sources): readonly string[] {
  const commands = [...sources.keys()].flatMap(
    (file) => /^cli\/commands\/(.+)\.ts$/.exec(file)?.[1] ?? [],
  );
  const words = new RegExp(
    `\\bdp (?:${['COMMAND', ...commands].join('|')})\\b|(?<![\\w-])--[a-z]|[\\s(]-[jp]\\b`,
  );
  return [...sources]
    .filter(([file]) => roomOf(file) !== 'cli')
    .flatMap(([file, text]) => stringsIn(text).map((string) => ({ file, string })))
    .filter(({ string }) => words.test(string.replaceAll(OF_OTHER_PROGRAMS, '')))
    .map(({ file, string }) => `${file}: ${string}`);
}

/** Options of npm, in hints that say what to install, and of Node, in the environment of task processes. */
const OF_OTHER_PROGRAMS = /\bnpm install --[\w-]+|--max-old-space-size=/g;

/**
 * Values that no other file of the sources imports, and types that no file mentions, as `file: name`.
 * A type that only its own file mentions is part of what that file exports.
 */
export function deadExports(sources: Sources): readonly string[] {
  const importers = Map.groupBy(edgesOf(sources), ([, to]) => to);
  return [...sources].flatMap(([file, text]) =>
    exportsIn(text)
      .filter(({ name, isType }) => {
        const isImported = (importers.get(file) ?? []).some(
          ([importer]) => mentions(codeOf(sources.get(importer) ?? ''), name) > 0,
        );
        return !isImported && !(isType && mentions(codeOf(text), name) > 1);
      })
      .map(({ name }) => `${file}: ${name}`),
  );
}

/** Names that several files declare as a type, with the files: each type has a name of its own. */
export function sharedTypeNames(sources: Sources): readonly string[] {
  const declared = [...sources].flatMap(([file, text]) =>
    [
      ...declarationsIn(text).matchAll(
        /^(?:export )?(?:abstract |declare )*(?:class|enum|interface|type) ([\w$]+)/gm,
      ),
    ].map(([, name = '']) => ({ file, name })),
  );
  return [...Map.groupBy(declared, ({ name }) => name)]
    .map(([name, places]) => ({ name, files: [...new Set(places.map(({ file }) => file))] }))
    .filter(({ files }) => files.length > 1)
    .map(({ name, files }) => `${name}: ${files.join(', ')}`);
}

const mentions = (code: string, name: string): number =>
  code.match(new RegExp(`(?<![\\w$])${RegExp.escape(name)}(?![\\w$])`, 'g'))?.length ?? 0;

function exportsIn(text: string): readonly { readonly name: string; readonly isType: boolean }[] {
  const declared = declarationsIn(text).matchAll(
    /^export (?:abstract |async |declare )*(function\*?|class|const|let|enum|interface|type) ([\w$]+)/gm,
  );
  return [...declared].map(([, kind = '', name = '']) => ({
    name,
    isType: kind === 'interface' || kind === 'type',
  }));
}

/** The code without what it holds as text: modules that dp writes declare nothing here. Templates within templates come in pairs, so what is outside stays. */
function declarationsIn(text: string): string {
  return codeOf(text).replaceAll(/`(?:\\.|[^`\\])*`/g, '``');
}

type Edge = readonly [from: string, to: string];

/** Imports of the house's own files: static, dynamic and `import('…')` in types alike. */
function edgesOf(sources: Sources): readonly Edge[] {
  return [...sources].flatMap(([file, text]) =>
    specifiersIn(text)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier): Edge => [file, posix.join(posix.dirname(file), specifier)]),
  );
}

function specifiersIn(text: string): readonly string[] {
  const code = codeOf(text);
  // The formatter puts every import declaration at the beginning of a line.
  const declared = code.matchAll(/^(?:import|export)\b(?:[^'";]*?\bfrom)?\s*['"]([^'"]+)['"]/gm);
  const called = code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g);
  return [...declared, ...called].map(([, specifier = '']) => specifier);
}

/** Without comments; what looks like one inside a string goes too, which no rule here minds. */
function codeOf(text: string): string {
  return text.replaceAll(/\/\*\*?[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
}

/** String literals, and the fixed parts of templates: in the tree these alone are texts called `value` and `cooked`. */
function stringsIn(text: string): readonly string[] {
  const found: string[] = [];
  const visit = (key: string, value: unknown): void => {
    if (typeof value === 'string' && (key === 'value' || key === 'cooked')) found.push(value);
    if (typeof value !== 'object' || value === null) return;
    for (const [each, part] of Object.entries(value)) visit(each, part);
  };
  // oxlint-disable-next-line typescript/no-deprecated -- Vitest re-exports no other parser.
  visit('program', parseAst(text, { lang: 'ts' }));
  return found;
}

function hasSign(text: string): boolean {
  const [, sign = ''] = /^(?:#!.*\n)?\/\*\*([\s\S]*?)\*\//.exec(text) ?? [];
  const saysWhatEnters = /\b(?:comes?|goes|go) in\b/.test(sign);
  const saysWhatLeaves = /\b(?:comes?|goes|go) (?:back )?out\b|\breach(?:es)?\b/.test(sign);
  const saysWhatItIsNot = /\b(?:never|no|not|nothing|nobody|decides nothing)\b/i.test(sign);
  return saysWhatEnters && saysWhatLeaves && saysWhatItIsNot;
}

/** Files that import the value from the file that exports it. */
export function importersOf(sources: Sources, name: string, exporter: string): readonly string[] {
  return edgesOf(sources)
    .filter(([from, to]) => to === exporter && mentions(codeOf(sources.get(from) ?? ''), name) > 0)
    .map(([from]) => from);
}

/** Every ring of nodes that lead to each other, once, as `a → b → a`. */
function cycles(edges: readonly Edge[]): readonly string[] {
  const next = new Map<string, string[]>();
  for (const [from, to] of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const found: string[] = [];
  const done = new Set<string>();

  const walk = (node: string, path: readonly string[]): void => {
    const before = path.indexOf(node);
    if (before !== -1) {
      found.push([...path.slice(before), node].join(' → '));
      return;
    }
    if (done.has(node)) return;
    for (const to of next.get(node) ?? []) walk(to, [...path, node]);
    done.add(node);
  };
  for (const node of next.keys()) walk(node, []);
  return found;
}
