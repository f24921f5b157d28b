/** Checks the values under the `params` of a trigger, which have to fit the parameters of the pipeline. */
import { didYouMean } from '../../model/diagnostic.ts';
import { isJsonObject, type Json } from '../../model/json.ts';
import { toJson } from '../format/kinds.ts';
import { SchemaProblem } from '../params/param-schema.ts';
import type { Report } from '../yaml/report.ts';
import { quoted } from '../yaml/source.ts';
import { entriesAt, itemsAt, type YamlEntry, type YamlMap } from '../yaml/yaml-node.ts';
import { problemWithWritten, splitDefault } from './param-specs.ts';

type Param = ReturnType<typeof splitDefault>;
type Declared = ReadonlyMap<string, Param>;

/** Checks the raw tree, so that mistakes elsewhere hide nothing. */
export async function checkTriggerParams(root: YamlMap, report: Report): Promise<void> {
  const declared: Declared = new Map(
    entriesAt(root, 'params').map(({ key, value }) => {
      const written = toJson(value);
      return [key, splitDefault(isJsonObject(written) ? written : {})];
    }),
  );
  for (const trigger of itemsAt(root, 'triggers')) {
    if (trigger.is !== 'map') continue;
    for (const entry of entriesAt(trigger, 'params')) await checkValue(entry, declared, report);
    if (!trigger.entries.has('manual') && !trigger.entries.has('api'))
      checkMissing(trigger, declared, report);
  }
}

/** A trigger that fires by itself gives every parameter that has no default: nobody else can. The pipeline can still be run by hand. */
function checkMissing(trigger: YamlMap, declared: Declared, report: Report): void {
  const given = new Set(entriesAt(trigger, 'params').map(({ key }) => key));
  const missing = [...declared].filter(
    ([name, param]) => param.default === undefined && !given.has(name),
  );
  for (const [name] of missing)
    report.warning(
      'DP1005',
      `the trigger gives no value of parameter ${quoted(name)}, which has no default`,
      trigger,
      'add it under `params:` of the trigger, or give the parameter a default',
    );
}

async function checkValue(
  { key, keySpan, value: node }: YamlEntry,
  declared: Declared,
  report: Report,
): Promise<void> {
  const param = declared.get(key);
  if (param === undefined) {
    const hint = didYouMean(key, declared.keys()) ?? 'declare it under `params:`';
    report.error('DP1005', `the pipeline has no parameter ${quoted(key)}`, keySpan, hint);
    return;
  }
  const problem = await problemBesidesSchema(toJson(node), param);
  if (problem !== undefined)
    report.error('DP1005', `the value of parameter ${quoted(key)} must ${problem}`, node);
}

/** Returns why the value does not fit, as the end of "… must"; undefined where the schema is the problem. */
async function problemBesidesSchema(value: Json, { schema }: Param): Promise<string | undefined> {
  try {
    return await problemWithWritten(value, schema);
  } catch (problem) {
    if (problem instanceof SchemaProblem) return undefined; // The parameter itself is reported.
    throw problem;
  }
}
