/** The library for other projects: its entries among the sources come in; JavaScript, declarations and what a manifest exports go out. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleLibrary } from '../esbuild.config.mjs';

const root = join(import.meta.dirname, '..');

/** The sources, relative to src/, of what a project imports as `dp` and as `dp/testing`. */
interface LibraryEntries {
  readonly index: string;
  readonly testing: string;
}

export function exportsOf({ index, testing }: LibraryEntries): object {
  return {
    '.': { types: `./types/${declarationOf(index)}`, default: './dist/index.mjs' },
    './testing': { types: `./types/${declarationOf(testing)}`, default: './dist/testing.mjs' },
    './package.json': './package.json',
  };
}

export async function writeLibrary(folder: string, entries: LibraryEntries): Promise<void> {
  const code = join(folder, 'dist');
  await bundleLibrary(code, {
    'index-library': join('src', entries.index),
    'testing-library': join('src', entries.testing),
  });
  cpSync(join(root, 'bin/package/node-version.mjs'), join(folder, 'node-version.mjs'));
  for (const entry of Object.keys(entries)) {
    // Modules run in the order of their imports: an old Node reads the sentence, and not an error from somewhere inside.
    writeFileSync(
      join(code, `${entry}.mjs`),
      `import '../node-version.mjs';\nexport * from './${entry}-library.mjs';\n`,
    );
  }
  writeDeclarations(join(folder, 'types'), [entries.index, entries.testing]);
}

const declarationOf = (source: string): string => source.replace(/ts$/, 'd.ts');

/** Writes the declarations of the entries, and of the sources that they name. */
function writeDeclarations(folder: string, entries: readonly string[]): void {
  const all = `${folder}-all`;
  const config = `${folder}.json`;
  mkdirSync(folder, { recursive: true });
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
      files: entries.map((entry) => join(root, 'src', entry)),
    }),
  );
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', config], { stdio: 'inherit' });
  const wanted = new Set(entries.map(declarationOf));
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
