import { load } from '../../app/planning/load.ts';
import { planAll } from '../../app/planning/plan-all.ts';
import { prepare } from '../../app/planning/prepare.ts';
import type { Prepared } from '../../app/planning/prepared.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { Plan, PlannedTask } from '../../model/plan.ts';
import { document } from '../../views/json.ts';
import { planJson } from '../../views/plan-json.ts';
import type { CommandContext, SelectingOptions } from '../console/context.ts';
import { planOptionsFrom } from '../console/plan-options.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { planText, type Reasons } from '../text/plan.ts';
import { hintText } from '../text/hint.ts';

export interface PlanCommandOptions extends SelectingOptions {
  readonly detailedExitcode?: boolean;
  readonly why?: boolean;
  /** The run to compare with, instead of the last with an outcome. */
  readonly against?: string;
}

/** Prints the plan of one pipeline, or of every pipeline of the project in which the selection finds a task. */
export async function plan(
  context: CommandContext,
  options: PlanCommandOptions,
  file: string | undefined,
  tasks: readonly string[],
): Promise<ExitCode> {
  const { terminal, caller, json } = context;
  const asked = await planOptionsFrom(options, tasks, caller);
  const prepared =
    file === undefined
      ? await planAll(asked, caller)
      : [await prepare(await load(file, caller), asked, caller)];
  const explained = await reasonsOf(context, options, prepared);
  if (json) {
    const documents = explained.map((each) => planJson(each.plan, hintText, each.reasons));
    const [only] = documents;
    terminal.out(
      file !== undefined && only !== undefined ? document(only) : document({ plans: documents }),
    );
  } else {
    for (const each of explained) {
      terminal.err(diagnosticsText(each.plan.warnings, terminal));
      terminal.out(planText(each.plan, terminal, each.reasons));
    }
  }
  const hasWork = explained.some((each) => each.plan.tasks.some(isWork));
  return hasWork && options.detailedExitcode === true ? EXIT.changes : EXIT.ok;
}

/** Adds the reasons of every decision to each plan, when the options ask for them. */
async function reasonsOf(
  { caller }: CommandContext,
  { why, against, strict }: PlanCommandOptions,
  prepared: readonly Prepared[],
): Promise<readonly Explained[]> {
  if (why !== true && against === undefined)
    return prepared.map(({ plan: made }) => ({ plan: made }));
  const { explainPlan } = await import('../../app/comparing/why.ts');
  return prepared.map((each) => {
    const { reasons, undeclared } = explainPlan(each, caller, against);
    // A strict plan has these warnings already.
    const more = strict === true ? [] : undeclared;
    return { plan: { ...each.plan, warnings: [...each.plan.warnings, ...more] }, reasons };
  });
}

interface Explained {
  readonly plan: Plan;
  readonly reasons?: Reasons;
}

/** Tells whether a task counts as work to do. Hooks do not: they belong to every run. */
const isWork = ({ hook, decision }: PlannedTask): boolean =>
  hook === undefined && decision.action === 'run';
