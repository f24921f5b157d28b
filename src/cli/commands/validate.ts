import { dirname, relative, resolve } from 'node:path';
import { validateFiles, type Validated } from '../../app/planning/validate.ts';
import { rootFor } from '../../app/project/caller-context.ts';
import { Fault } from '../../model/fault.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../console/exit-codes.ts';
import type { CommandContext, TypeCheckOptions } from '../console/context.ts';
import { diagnosticsJson, document } from '../../views/json.ts';
import { projectChanges } from '../following/project-changes.ts';
import { exitCodeAtSignal } from '../console/signals.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { githubText } from '../text/github.ts';
import { sarifText } from '../text/sarif.ts';
import { typeCheckFrom } from '../console/plan-options.ts';
import { hintText } from '../text/hint.ts';

export interface ValidateOptions extends TypeCheckOptions {
  readonly format: 'text' | 'json' | 'github' | 'sarif';
  readonly watch?: boolean;
}

/** Reports every mistake in every file; with --watch again after each change, until a signal. */
export async function validate(
  context: CommandContext,
  options: ValidateOptions,
  files: readonly string[],
): Promise<ExitCode> {
  if (options.watch === true) return validateAtChanges(context, options, files);
  const found = await validateFiles(files, typeCheckFrom(options), context.caller);
  report(context, options, found);
  return found.fault === undefined ? EXIT.ok : exitCodeOf(found.fault);
}

function report(
  { terminal, caller, json }: CommandContext,
  options: ValidateOptions,
  { fault, diagnostics, sound }: Validated,
): void {
  switch (json ? 'json' : options.format) {
    case 'json':
      terminal.out(
        document({
          valid: fault === undefined,
          diagnostics: diagnosticsJson(diagnostics, hintText),
        }),
      );
      break;
    case 'github':
      terminal.out(githubText(diagnostics, caller.env['GITHUB_WORKSPACE'] ?? caller.cwd));
      break;
    case 'sarif':
      terminal.out(sarifText(diagnostics, rootFor(caller.cwd, caller)));
      break;
    case 'text':
      for (const { file, tasks } of sound) terminal.out(`${file}: ${tasks} tasks, no errors\n`);
      terminal.err(diagnosticsText(diagnostics, terminal));
  }
}

const CLEAR_SCREEN = '\u001B[2J\u001B[3J\u001B[H';

async function validateAtChanges(
  context: CommandContext,
  options: ValidateOptions,
  files: readonly string[],
): Promise<ExitCode> {
  const { terminal, caller } = context;
  const stop = new AbortController();
  const ended = exitCodeAtSignal(stop);
  const [first] = files;
  const root = rootFor(
    first === undefined ? caller.cwd : dirname(resolve(caller.cwd, first)),
    caller,
  );
  const changes = projectChanges(root, stop.signal);
  const once = async (why: string): Promise<void> => {
    if (terminal.isLive) terminal.err(CLEAR_SCREEN);
    terminal.err(terminal.paint('dim', `${why}\n`));
    const found = await validateFiles(files, typeCheckFrom(options), caller).catch(validatedFrom);
    report(context, options, found);
    terminal.err(terminal.paint('dim', 'waiting for changes; Ctrl-C ends\n'));
  };
  await once(`watching ${root}`);
  for await (const paths of changes) {
    const [path, ...others] = paths.map((each) => relative(caller.cwd, resolve(root, each)));
    await once(`${path}${others.length === 0 ? '' : ` and ${others.length} more`} changed`);
  }
  return ended;
}

/** Makes a result of the fault that would end a single check, such as a missing file: it may be mended while dp watches. */
function validatedFrom(error: unknown): Validated {
  if (!(error instanceof Fault)) throw error;
  return { fault: error, diagnostics: error.diagnostics, sound: [] };
}
