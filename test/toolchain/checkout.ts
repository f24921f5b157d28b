import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** A checkout made up for one test, with the few real files that the test is about. */
export class Checkout implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'dp checkout '));

  /** Copies a file of the project to its place. */
  take(...files: readonly string[]): this {
    for (const file of files) cpSync(join(root, file), this.#place(file));
    return this;
  }

  write(file: string, text: string): this {
    writeFileSync(this.#place(file), text);
    return this;
  }

  /** A program of this name under `file`, such as a Node that only says how it was called. */
  program(file: string, script: string): this {
    this.write(file, `#!/bin/sh\n${script}\n`);
    chmodSync(join(this.folder, file), 0o755);
    return this;
  }

  link(file: string, target: string): this {
    symlinkSync(target, this.#place(file));
    return this;
  }

  has(file: string): boolean {
    return existsSync(join(this.folder, file));
  }

  run(
    program: string,
    ...args: readonly string[]
  ): { code: number | null; out: string; err: string } {
    return this.runWith({}, program, ...args);
  }

  runWith(
    env: Readonly<Record<string, string>>,
    program: string,
    ...args: readonly string[]
  ): { code: number | null; out: string; err: string } {
    const { status, stdout, stderr, error } = spawnSync(join(this.folder, program), args, {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', ...env },
      cwd: tmpdir(),
    });
    if (error !== undefined) throw error;
    return { code: status, out: stdout, err: stderr };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #place(file: string): string {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  }
}
