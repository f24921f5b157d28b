/** Texts that replace parameters of a trigger come in; values that fit the parameters of its pipeline go out. */
import { resolveParams } from '../../config/params/params.ts';
import { hasErrors } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import type { JsonObject } from '../../model/json.ts';
import { load } from '../planning/load.ts';
import type { CallerContext } from '../project/caller-context.ts';

/** Throws a Fault with every diagnostic. */
export async function givenParams(
  file: string,
  texts: readonly (readonly [string, string])[],
  caller: CallerContext,
): Promise<JsonObject> {
  if (texts.length === 0) return {};
  const { pipeline } = await load(file, caller);
  const names = new Set(texts.map(([name]) => name));
  // The others come from the trigger: any value of theirs will do here.
  const params = new Map(
    Array.from(pipeline.params, ([name, spec]) => [
      name,
      names.has(name) ? spec : { ...spec, schema: {}, default: null },
    ]),
  );
  const { values, diagnostics } = await resolveParams(
    { name: pipeline.name, params },
    texts,
    () => null,
  );
  if (hasErrors(diagnostics)) throw Fault.of(diagnostics);
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)));
}
