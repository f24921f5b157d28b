import { load, pipelineFiles, type Loaded } from '../../app/planning/load.ts';
import {
  prepare,
  type Prepared,
  type TypeCheck,
  type Selection,
} from '../../app/planning/prepare.ts';
import { Fault } from '../../model/fault.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { Plan, PlannedTask } from '../../model/plan.ts';
import type { CommandContext, SelectingOptions, TypeCheckOptions } from '../console/context.ts';
import { document } from '../../views/json.ts';
import { planJson } from '../../views/plan-json.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { planText, type Reasons } from '../text/plan.ts';
import { hintText } from '../text/hint.ts';

export interface PlanCommandOptions extends SelectingOptions {
  readonly detailedExitcode?: boolean;
  readonly why?: boolean;
  /** The run to compare with, instead of the last with an outcome. */
  readonly against?: string;
}

/** One pipeline, or every one of the project: those in which the selection finds nothing are passed over, unless it finds nothing anywhere. */
export async function plan(
  context: CommandContext,
  options: PlanCommandOptions,
  file: string | undefined,
  tasks: readonly string[],
): Promise<ExitCode> {
  const { terminal, json } = context;
  const prepared =
    file === undefined
      ? await planAll(context, options)
      : [await planFile(context, options, file, tasks)];
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

/** Of every plan, when they are asked for. */
async function reasonsOf(
  { place }: CommandContext,
  { why, against, strict }: PlanCommandOptions,
  prepared: readonly Prepared[],
): Promise<readonly Explained[]> {
  if (why !== true && against === undefined)
    return prepared.map(({ plan: made }) => ({ plan: made }));
  const { explain, undeclaredBy } = await import('../../app/comparing/why.ts');
  return prepared.map((each) => {
    const reasons = new Map(explain(each, place, against).map((one) => [one.task, one]));
    // Strictly planned, it has told them already.
    const more = strict === true ? [] : undeclaredBy(each, new Set(reasons.keys()));
    return { plan: { ...each.plan, warnings: [...each.plan.warnings, ...more] }, reasons };
  });
}

interface Explained {
  readonly plan: Plan;
  readonly reasons?: Reasons;
}

/** Hooks follow whatever there is, and are nothing to do by themselves. */
const isWork = ({ hook, decision }: PlannedTask): boolean =>
  hook === undefined && decision.action === 'run';

export async function planFile(
  context: CommandContext,
  options: SelectingOptions,
  file: string,
  tasks: readonly string[],
): Promise<Prepared> {
  return planLoaded(context, options, await load(file, context.place), tasks);
}

export function planLoaded(
  { place }: CommandContext,
  options: SelectingOptions,
  loaded: Loaded,
  tasks: readonly string[],
): Promise<Prepared> {
  const { force } = options;
  return prepare(
    loaded,
    {
      params: options.param,
      selection: selectionFrom(options, tasks),
      readCache: true,
      types: typeCheckFrom(options),
      ...(force === undefined ? {} : { force: force === true ? true : new Set(force) }),
    },
    place,
  );
}

async function planAll(context: CommandContext, options: SelectingOptions): Promise<Prepared[]> {
  const files = await pipelineFiles(context.place);
  if (files.length === 0)
    throw new Fault('DP4003', 'there is no pipeline under pipelines/', {
      hint: 'name a file, or let `dp init` make one',
    });
  const prepared: Prepared[] = [];
  const failures: Fault[] = [];
  let unselected: Fault | undefined;
  for (const file of files) {
    try {
      prepared.push(await planFile(context, options, file, []));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (error.code === 'DP4003' || error.code === 'DP2006') unselected = error;
      else failures.push(error);
    }
  }
  if (failures.length > 0) throw Fault.of(failures.flatMap((fault) => fault.diagnostics));
  if (prepared.length === 0 && unselected !== undefined) throw unselected;
  return prepared;
}

export function typeCheckFrom({ typecheck, strict }: TypeCheckOptions): TypeCheck {
  if (typecheck === false) return 'off';
  return strict === true ? 'strict' : 'on';
}

export function selectionFrom(options: SelectingOptions, tasks: readonly string[]): Selection {
  const { only, until, tags, shard } = options;
  for (const [flag, list] of Object.entries({ tags, until, only }))
    if (Array.isArray(list) && list.length === 0) throw namesNothing(flag);
  const names = [
    ...tasks,
    ...(until ?? []),
    ...(Array.isArray(only) ? (only as readonly string[]) : []),
  ];
  if (only === true && names.length === 0 && tags === undefined) throw namesNothing('only');
  return {
    ...(names.length === 0 ? {} : { names }),
    ...(tags === undefined ? {} : { tags }),
    ...(only === undefined ? {} : { only: true }),
    ...(shard === undefined ? {} : { shard }),
  };
}

/** `--tags "$TAGS"` with the variable empty would select everything. */
function namesNothing(flag: string): Fault {
  return new Fault('DP4003', `--${flag} names nothing`, {
    hint: 'name what to select, or leave the option out for everything',
  });
}

/** A command that runs one pipeline may leave its name out where there is only one. */
export async function onlyPipeline({ place }: CommandContext): Promise<string> {
  const files = await pipelineFiles(place);
  const [only] = files;
  if (only !== undefined && files.length === 1) return only;
  throw new Fault(
    'DP2001',
    files.length === 0
      ? 'which pipeline? There is none under pipelines/'
      : `which pipeline? There are ${files.length} under pipelines/`,
    {
      hint: 'name its file: dp run pipelines/NAME.yaml',
    },
  );
}
