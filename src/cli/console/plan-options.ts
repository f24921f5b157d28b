/** The options of a command that plans come in; the options of the planning use cases go out. */
import type { PlanOptions, TypeCheck } from '../../app/planning/prepared.ts';
import type { CallerContext } from '../../app/project/caller-context.ts';
import { selectionOf } from '../../app/planning/selection.ts';
import { Fault } from '../../model/fault.ts';
import type { Selection } from '../../model/plan.ts';
import type { SelectingOptions, TypeCheckOptions } from './context.ts';

/** Reads the file of parameters, if one is named. */
export async function planOptionsFrom(
  options: SelectingOptions,
  tasks: readonly string[],
  caller: CallerContext,
): Promise<PlanOptions> {
  const { force, at } = options;
  return {
    params: await givenParams(options, caller),
    selection: selectionFrom(options, tasks),
    readCache: true,
    types: typeCheckFrom(options),
    at,
    ...(force === undefined ? {} : { force: force === true ? true : new Set(force) }),
  };
}

async function givenParams(
  { param: texts, paramsFile }: SelectingOptions,
  caller: CallerContext,
): Promise<PlanOptions['params'] & {}> {
  if (paramsFile === undefined) return texts;
  const { readParamsFile } = await import('../../app/planning/params-file.ts');
  const { values: json, places } = await readParamsFile(paramsFile, caller);
  return { json, places, texts };
}

export function typeCheckFrom({ typecheck, strict }: TypeCheckOptions): TypeCheck {
  if (typecheck === false) return 'off';
  return strict === true ? 'strict' : 'on';
}

/** Throws DP4003 for `--tags "$TAGS"` with the variable empty. */
export function selectionFrom(options: SelectingOptions, tasks: readonly string[]): Selection {
  const asked = selectionOf({ ...options, tasks });
  if ('selection' in asked) return asked.selection;
  throw new Fault('DP4003', `--${asked.namesNothing} names nothing`, {
    hint: 'name what to select, or leave the option out for everything',
  });
}
