import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { nearest, type Diagnostic, type Place } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import { placeAt } from './compile.ts';
import { installedLoader, type Loader, type MissingImport } from './loader.ts';
import { pathOf, userFrame } from './stack.ts';

/** Explains why importing `module` failed, with the place in the user's code where it can be fixed. */
export function importFault(error: unknown, module: string): Fault {
  if (error instanceof Fault) return withPlace(error, module);
  const loader = installedLoader();
  const missing = loader?.missing(error);
  if (missing !== undefined) return Fault.of([notFound(missing)]);
  if (!(error instanceof Error)) {
    return Fault.of([doesNotLoad(module, `it threw ${String(error)}`, start(module))]);
  }
  return withCause(
    Fault.of([missingExport(error, module) ?? unparsable(error, loader) ?? thrown(error, module)]),
    error,
  );
}

function notFound({ specifier, importer }: MissingImport): Diagnostic {
  const hint = isPath(specifier) ? nearestFile(specifier, importer) : installHint(specifier);
  return {
    code: 'DP3001',
    severity: 'error',
    message: `cannot find "${specifier}"`,
    at: placeOfImport(specifier, importer),
    ...(hint === undefined ? {} : { hint }),
  };
}

const isPath = (specifier: string) => /^(?:\.{0,2}\/|file:|\.\.?$)/.test(specifier);

/** Looks where the file should have been. */
function nearestFile(specifier: string, importer: string): string | undefined {
  const target = resolve(dirname(importer), specifier.replace(/^file:\/\//, ''));
  try {
    const names = new Map(readdirSync(dirname(target)).map((name) => [stem(name), name]));
    const found = nearest(stem(target), names.keys());
    return found === undefined
      ? `there is no such file in "${dirname(target)}"`
      : `did you mean "${specifier.slice(0, -basename(target).length)}${names.get(found) ?? found}"?`;
  } catch {
    return `there is no folder "${dirname(target)}"`;
  }
}

const stem = (path: string) => basename(path, extname(path));

function installHint(specifier: string): string | undefined {
  const [name] = /^(?:@[^/]+\/)?[^/:#]+(?=\/|$)/.exec(specifier) ?? [];
  return name === undefined ? undefined : `npm install ${name}`;
}

/** Node names the module and the export, and the importing file in the first line of the stack. */
function missingExport(error: Error, module: string): Diagnostic | undefined {
  const [, specifier, name] =
    /module '([^']+)' does not provide an export named '([^']+)'/.exec(error.message) ?? [];
  if (specifier === undefined || name === undefined) return undefined;
  const [, where = module] = /^(.+):\d+$/m.exec(error.stack ?? '') ?? [];
  const message = `"${specifier}" has no export named "${name}"`;
  const at = placeOfImport(specifier, pathOf(where));
  return {
    code: 'DP3002',
    severity: 'error',
    message,
    at,
    hint: 'export it there, or correct the name',
  };
}

/** Asks the compiler for the place of a syntax error, because V8 does not tell it. */
function unparsable(error: Error, loader: Loader | undefined): Diagnostic | undefined {
  const file = loader?.lastLoaded();
  if (error.name !== 'SyntaxError' || userFrame(error.stack) !== undefined || file === undefined) {
    return undefined;
  }
  const text = readFileSync(file, 'utf8');
  const found = loader?.syntaxError({ file, text, options: {} });
  return found?.diagnostics[0] ?? doesNotLoad(file, error.message, start(file));
}

function thrown(error: Error, module: string): Diagnostic {
  const at = userFrame(error.stack) ?? start(module);
  return doesNotLoad(module, `${error.name}: ${error.message}`, at);
}

export function doesNotLoad(module: string, why: string, at: Place): Diagnostic {
  const message = `"${basename(module)}" does not load: ${why}`;
  return { code: 'DP3002', severity: 'error', message, at };
}

export const start = (file: string): Place => ({ file, line: 1, column: 1 });

/** Returns the place of the specifier in the importing file. */
function placeOfImport(specifier: string, importer: string): Place {
  try {
    const text = readFileSync(importer, 'utf8');
    const written = `(['"\`])${RegExp.escape(specifier)}\\1`;
    const found =
      new RegExp(`(?<=\\b(?:from|import|require)\\s*\\(?\\s*)${written}`, 'd').exec(text) ??
      new RegExp(written, 'd').exec(text);
    return placeAt(importer, text.slice(0, found?.index ?? 0));
  } catch {
    return start(importer);
  }
}

/** An error that dp itself throws at import time, such as for `task()` without a function, is shown at the place of the call. */
function withPlace(fault: Fault, module: string): Fault {
  const at = userFrame(fault.stack) ?? start(module);
  const diagnostics = fault.diagnostics.map((diagnostic) => ({ at, ...diagnostic }));
  return Object.assign(fault, { diagnostics });
}

function withCause(fault: Fault, cause: Error): Fault {
  return Object.assign(fault, { cause });
}
