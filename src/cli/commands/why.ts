import { explainTask, explainTaskOfRun } from '../../app/comparing/why.ts';
import { load, onlyPipeline } from '../../app/planning/load.ts';
import { prepare } from '../../app/planning/prepare.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { TaskWhy } from '../../model/difference.ts';
import type { CommandContext, SelectingOptions } from '../console/context.ts';
import { diagnosticsJson, document } from '../../views/json.ts';
import { whyJson } from '../../views/plan-json.ts';
import { planOptionsFrom } from '../console/plan-options.ts';
import { openForReading } from '../console/state.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { chainText } from '../text/why.ts';
import { hintText } from '../text/hint.ts';

export interface WhyOptions extends Pick<SelectingOptions, 'param' | 'json' | 'stateDir'> {
  readonly against?: string;
  /** A run on record, instead of what would run now. */
  readonly run?: string;
}

/** Explains what makes one task run, be cached or be skipped, back to the change that caused it. */
export async function why(
  context: CommandContext,
  options: WhyOptions,
  task: string,
  file: string | undefined,
): Promise<ExitCode> {
  const { run } = options;
  if (run === undefined) await whyPlanned(context, options, task, file);
  else whyInRun(context, { ...options, run }, task);
  return EXIT.ok;
}

async function whyPlanned(
  context: CommandContext,
  options: WhyOptions,
  task: string,
  file: string | undefined,
): Promise<void> {
  const { caller } = context;
  const { against } = options;
  const loaded = await load(file ?? (await onlyPipeline(caller)), caller);
  const prepared = await prepare(loaded, await planOptionsFrom(options, [], caller), caller);
  const { chain, undeclared } = explainTask(prepared, task, caller, against);
  tell(context, chain, undeclared, 'now');
}

function whyInRun(
  context: CommandContext,
  { run, against }: WhyOptions & { readonly run: string },
  task: string,
): void {
  using state = openForReading(context);
  tell(context, explainTaskOfRun(task, run, state, against), [], 'past');
}

function tell(
  { terminal, json }: CommandContext,
  chain: readonly TaskWhy[],
  warnings: readonly Diagnostic[],
  when: 'now' | 'past',
): void {
  if (json) {
    const [first, ...others] = chain.map(whyJson);
    terminal.out(
      document({ ...first, chain: others, warnings: diagnosticsJson(warnings, hintText) }),
    );
  } else {
    terminal.err(diagnosticsText(warnings, terminal));
    terminal.out(chainText(chain, terminal, when));
  }
}
