import { explain, undeclaredBy } from '../../app/why.ts';
import { load } from '../../app.ts';
import { EXIT, Fault, type ExitCode } from '../../model/fault.ts';
import { didYouMean } from '../../model/diagnostic.ts';
import type { CommandContext, SelectingOptions } from '../context.ts';
import { diagnosticsJson, document } from '../json.ts';
import { runNamed } from '../state.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { chainOf, chainText } from '../text/why.ts';
import { onlyPipeline, planLoaded } from './plan.ts';

export interface WhyOptions extends Pick<SelectingOptions, 'param' | 'json' | 'stateDir'> {
  readonly against?: string;
}

/** One task in depth: what makes it run, be cached or be skipped, back to the change that began it. */
export async function why(
  context: CommandContext,
  options: WhyOptions,
  task: string,
  file: string | undefined,
): Promise<ExitCode> {
  const { terminal, place, json } = context;
  const { against } = options;
  const loaded = await load(file ?? (await onlyPipeline(context)), place);
  const prepared = await planLoaded(context, options, loaded, []);
  const names = prepared.plan.tasks.map(({ name }) => name);
  if (!names.includes(task)) {
    const hint = didYouMean(task, names);
    const message = `no task "${task}" in pipeline "${loaded.pipeline.name}"`;
    throw new Fault('DP2006', message, hint === undefined ? {} : { hint });
  }
  const all = explain(prepared, place, against === undefined ? undefined : runNamed(against));
  const chain = chainOf(task, all);
  const undeclared = undeclaredBy(prepared, new Set(chain.map((each) => each.task)));
  if (json)
    terminal.out(
      document({ ...chain[0], chain: chain.slice(1), warnings: diagnosticsJson(undeclared) }),
    );
  else {
    terminal.err(diagnosticsText(undeclared, terminal));
    terminal.out(chainText(chain, terminal));
  }
  return EXIT.ok;
}
