import { load, pipelineFiles, prepare } from '../../app.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { EXIT, Fault, type ExitCode } from '../../model/fault.ts';
import type { CommandContext, TypeCheckOptions } from '../context.ts';
import { typeCheckFrom } from './plan.ts';
import { diagnosticsJson, document } from '../json.ts';
import { diagnosticsText, placeText } from '../text/diagnostics.ts';

/** Every mistake in every file, at once. */
export async function validate(
  { terminal, place, json }: CommandContext,
  options: TypeCheckOptions,
  files: readonly string[],
): Promise<ExitCode> {
  const chosen = files.length > 0 ? files : await pipelineFiles(place);
  if (chosen.length === 0)
    throw new Fault('DP4003', 'there is no pipeline under pipelines/', {
      hint: 'name a file, or let `dp init` make one',
    });
  const diagnostics: Diagnostic[] = [];
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
      if (!json) terminal.out(`${file}: ${plan.tasks.length} tasks, no errors\n`);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (exit === EXIT.ok) exit = error.exitCode;
      diagnostics.push(...error.diagnostics);
    }
  }
  if (json)
    terminal.out(document({ valid: exit === EXIT.ok, diagnostics: diagnosticsJson(diagnostics) }));
  else terminal.err(diagnosticsText(diagnostics, terminal));
  return exit;
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
