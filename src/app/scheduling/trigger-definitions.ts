/** Pipeline files come in; the definitions of their triggers go out, and what is wrong with the files that have none. */
import { resolve } from 'node:path';
import type { Pipeline } from '../../model/pipeline.ts';
import { type Diagnostic, didYouMean, placeText } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import {
  type Calendar,
  isOfClock,
  type TriggerDefinition,
} from '../../model/trigger-definition.ts';
import { load } from '../planning/load.ts';
import { type CallerContext, pathInProject } from '../project/caller-context.ts';
import { readCalendar } from './calendars.ts';

export interface DefinedTriggers {
  readonly definitions: readonly TriggerDefinition[];
  /** Absolute paths of files that cannot be used as they are, with the reasons. */
  readonly broken: ReadonlyMap<string, readonly Diagnostic[]>;
}

/** A file that is broken keeps no other from being read. */
export async function definedTriggers(
  files: readonly string[],
  caller: CallerContext,
): Promise<DefinedTriggers> {
  const broken = new Map<string, readonly Diagnostic[]>();
  const found: { readonly pipeline: Pipeline; readonly definitions: TriggerDefinition[] }[] = [];
  for (const file of files) {
    try {
      const { pipeline, root } = await load(file, caller);
      const calendars = caller.projects?.get(root)?.calendars ?? new Map<string, string>();
      found.push({ pipeline, definitions: await definitionsIn(pipeline, calendars) });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      broken.set(pathInProject(resolve(caller.cwd, file), caller), error.diagnostics);
    }
  }
  const namesakes = Map.groupBy(found, ({ pipeline }) => pipeline.name);
  for (const { pipeline } of found) {
    const other = namesakes.get(pipeline.name)?.find((one) => one.pipeline !== pipeline);
    if (other !== undefined) broken.set(pipeline.file, [taken(pipeline, other.pipeline, caller)]);
  }
  return {
    definitions: found
      .filter(({ pipeline }) => !broken.has(pipeline.file))
      .flatMap(({ definitions }) => definitions),
    broken,
  };
}

async function definitionsIn(
  { name, file, triggers, concurrency }: Pipeline,
  calendars: ReadonlyMap<string, string>,
): Promise<TriggerDefinition[]> {
  const found: TriggerDefinition[] = [];
  for (const spec of triggers) {
    const named = isOfClock(spec) ? spec.calendar : undefined;
    const calendar = named && (await calendarFor(named, calendars));
    found.push({
      trigger: `${name}/${spec.name}`,
      pipeline: name,
      file,
      spec,
      ...(calendar && { calendar }),
      ...(concurrency === undefined ? {} : { concurrency }),
    });
  }
  return found;
}

async function calendarFor(
  { value: name, at }: { readonly value: string; readonly at: Diagnostic['at'] & {} },
  calendars: ReadonlyMap<string, string>,
): Promise<Calendar> {
  const file = calendars.get(name);
  if (file !== undefined) return readCalendar(file);
  const hint =
    didYouMean(name, calendars.keys()) ??
    `declare it in dp.yaml: \`calendars: { ${name}: calendars/${name}.yaml }\``;
  throw Fault.of([
    { code: 'DP3009', severity: 'error', message: `there is no calendar "${name}"`, at, hint },
  ]);
}

function taken({ name, at }: Pipeline, other: Pipeline, { cwd }: CallerContext): Diagnostic {
  return {
    code: 'DP4007',
    severity: 'error',
    message: `the pipeline name "${name}" is taken`,
    at,
    hint: `it is the name of ${placeText(other.at, cwd)} too`,
  };
}
