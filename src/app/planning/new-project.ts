/** The project that `dp init` makes: a small one that runs and shows the ideas. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '../../model/fault.ts';
import { projectTypes } from '../../registry/types/project-types.ts';

const FILES: Readonly<Record<string, string>> = {
  'pipelines/hello.yaml': `name: hello
description: Reads words, counts them, and prints what it found.
modules: [./hello.ts]
params:
  text: { type: string, default: the quick brown fox jumps over the lazy dog }
tasks:
  words:
    with: { text: "\${params.text}" }
  longest:
    needs: [words]
  count:
    needs: [words]
  summary:
    needs: [longest, count]
    tags: [report]
`,
  'pipelines/hello.ts': `import { task } from 'dp';

export const words = task({ tags: ['extract'] }, ({ text }: { text: string }): string[] =>
  text.split(/\\s+/).filter((word) => word !== ''),
);

export const longest = task({}, ({ words }: { words: string[] }): string =>
  words.reduce((best, word) => (word.length > best.length ? word : best), ''),
);

export const count = task({}, ({ words }: { words: string[] }): number => words.length);

export const summary = task(
  {},
  ({ longest, count }: { longest: string; count: number }): string =>
    \`\${count} words, the longest is "\${longest}"\`,
);
`,
  'tsconfig.json': `{
  "compilerOptions": {
    "target": "esnext",
    "module": "nodenext",
    "strict": true,
    "noEmit": true,
    "allowImportingTsExtensions": true
  },
  "include": ["dp.d.ts", "pipelines"]
}
`,
  // For editors and tsc: the module `dp` itself. `dp types --out dp.d.ts` adds the project's tasks and pipelines.
  'dp.d.ts': projectTypes({ tasks: [], pipelines: [], folder: '.' }),
  '.gitignore': `.dp/
node_modules/
`,
};

/** `folder` is absolute. Throws DP2010 before anything is written when a file is in the way. */
export function makeProject(folder: string): {
  readonly folder: string;
  readonly files: readonly string[];
} {
  const taken = Object.keys(FILES).find(
    (file) => file !== '.gitignore' && existsSync(join(folder, file)),
  );
  if (taken !== undefined) {
    throw new Fault('DP2010', `${join(folder, taken)} already exists`, {
      hint: { do: 'chooseProjectFolder' },
    });
  }
  const made = Object.entries(FILES).filter(([file]) => !existsSync(join(folder, file)));
  try {
    for (const [file, text] of made) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text, { flag: 'wx' });
    }
  } catch (cause) {
    throw new Fault('DP8002', `the project cannot be written: ${(cause as Error).message}`, {
      cause,
    });
  }
  return { folder, files: made.map(([file]) => file) };
}
