import { dirname, relative, resolve } from 'node:path';
import { load, pipelineFiles } from '../../app/planning/load.ts';
import { prepare } from '../../app/planning/prepare.ts';
import { rootFor } from '../../app/project/place.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../console/exit-codes.ts';
import type { CommandContext, TypeCheckOptions } from '../console/context.ts';
import { diagnosticsJson, document } from '../../views/json.ts';
import { projectChanges } from '../following/project-changes.ts';
import { exitCodeAtSignal } from '../console/signals.ts';
import { diagnosticsText, placeText } from '../text/diagnostics.ts';
import { githubText } from '../text/github.ts';
import { sarifText } from '../text/sarif.ts';
import { typeCheckFrom } from './plan.ts';
import { hintText } from '../text/hint.ts';

export interface ValidateOptions extends TypeCheckOptions {
  readonly format: 'text' | 'json' | 'github' | 'sarif';
  readonly watch?: boolean;
}

/** Every mistake in every file, at once; with --watch again after each change, until a signal. */
export async function validate(
  context: CommandContext,
  options: ValidateOptions,
  files: readonly string[],
): Promise<ExitCode> {
  if (options.watch === true) return validateAtChanges(context, options, files);
  const found = await check(context, options, files);
  report(context, options, found);
  return found.exit;
}

interface Found {
  readonly exit: ExitCode;
  readonly diagnostics: readonly Diagnostic[];
  /** A sentence for each file in which nothing is wrong. */
  readonly sound: readonly string[];
}

async function check(
  { place }: CommandContext,
  options: ValidateOptions,
  files: readonly string[],
): Promise<Found> {
  const chosen = files.length > 0 ? files : await pipelineFiles(place);
  if (chosen.length === 0)
    throw new Fault('DP4003', 'there is no pipeline under pipelines/', {
      hint: 'name a file, or let `dp init` make one',
    });
  const diagnostics: Diagnostic[] = [];
  const sound: string[] = [];
  const names = new Map<string, Diagnostic>();
  let exit: ExitCode = EXIT.ok;
  for (const file of chosen) {
    try {
      const loaded = await load(file, place);
      const twice = sameName(names, loaded.pipeline.name, {
        code: 'DP4007',
        severity: 'error',
        message: `the pipeline name "${loaded.pipeline.name}" is taken`,
        at: loaded.pipeline.at,
      });
      if (twice !== undefined) throw Fault.of([twice]);
      const { plan } = await prepare(
        loaded,
        { selection: {}, readCache: false, types: typeCheckFrom(options) },
        place,
      );
      diagnostics.push(...plan.warnings);
      sound.push(`${file}: ${plan.tasks.length} tasks, no errors`);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (exit === EXIT.ok) exit = exitCodeOf(error);
      diagnostics.push(...error.diagnostics);
    }
  }
  return { exit, diagnostics, sound };
}

function sameName(
  names: Map<string, Diagnostic>,
  name: string,
  found: Diagnostic,
): Diagnostic | undefined {
  const before = names.get(name);
  names.set(name, found);
  if (before?.at === undefined) return undefined;
  return { ...found, hint: `it is the name of ${placeText(before.at)} too` };
}

function report(
  { terminal, place, json }: CommandContext,
  options: ValidateOptions,
  { exit, diagnostics, sound }: Found,
): void {
  switch (json ? 'json' : options.format) {
    case 'json':
      terminal.out(
        document({ valid: exit === EXIT.ok, diagnostics: diagnosticsJson(diagnostics, hintText) }),
      );
      break;
    case 'github':
      terminal.out(githubText(diagnostics, place.env['GITHUB_WORKSPACE'] ?? place.cwd));
      break;
    case 'sarif':
      terminal.out(sarifText(diagnostics, rootFor(place.cwd, place)));
      break;
    case 'text':
      for (const line of sound) terminal.out(`${line}\n`);
      terminal.err(diagnosticsText(diagnostics, terminal));
  }
}

const CLEAR_SCREEN = '\u001B[2J\u001B[3J\u001B[H';

async function validateAtChanges(
  context: CommandContext,
  options: ValidateOptions,
  files: readonly string[],
): Promise<ExitCode> {
  const { terminal, place } = context;
  const stop = new AbortController();
  const ended = exitCodeAtSignal(stop);
  const [first] = files;
  const root = rootFor(first === undefined ? place.cwd : dirname(resolve(place.cwd, first)), place);
  const changes = projectChanges(root, stop.signal);
  const once = async (why: string): Promise<void> => {
    if (terminal.isLive) terminal.err(CLEAR_SCREEN);
    terminal.err(terminal.paint('dim', `${why}\n`));
    report(context, options, await check(context, options, files).catch(asFound));
    terminal.err(terminal.paint('dim', 'waiting for changes; Ctrl-C ends\n'));
  };
  await once(`watching ${root}`);
  for await (const paths of changes) {
    const [path, ...others] = paths.map((each) => relative(place.cwd, resolve(root, each)));
    await once(`${path}${others.length === 0 ? '' : ` and ${others.length} more`} changed`);
  }
  return ended;
}

/** What ends a single check, such as a folder without pipelines, may be mended while watching. */
function asFound(error: unknown): Found {
  if (!(error instanceof Fault)) throw error;
  return { exit: exitCodeOf(error), diagnostics: error.diagnostics, sound: [] };
}
