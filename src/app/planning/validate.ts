/** Pipeline files come in; every mistake goes out, those of each file and those of the project as a whole. */
import { type Diagnostic, type Place, placeText } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import type { CallerContext } from '../project/caller-context.ts';
import { scheduleSettings } from '../project/schedule-settings.ts';
import { load, type Loaded, projectPipelines } from './load.ts';
import { prepare } from './prepare.ts';
import type { Prepared, TypeCheck } from './prepared.ts';
import { crowdWarning, scheduleWarnings } from './schedule-warnings.ts';

export interface Validated {
  /** The fault of the first invalid file; absent when all are valid. */
  readonly fault?: Fault;
  /** All errors and warnings, in the order of the files. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sound: readonly { readonly file: string; readonly tasks: number }[];
}

/** Checks these files, or every pipeline of the project when none is named. Throws DP4003 when there is none. */
export async function validateFiles(
  files: readonly string[],
  types: TypeCheck,
  caller: CallerContext,
): Promise<Validated> {
  const faults: Fault[] = [];
  const diagnostics: Diagnostic[] = [];
  const sound: Validated['sound'][number][] = [];
  const names = new Map<string, Place>();
  const found: Loaded[] = [];
  for (const file of files.length > 0 ? files : await projectPipelines(caller)) {
    try {
      const { loaded, plan } = await checkFile(file, names, types, caller);
      found.push(loaded);
      diagnostics.push(...plan.warnings, ...scheduleWarnings(loaded.pipeline, caller.clock.now()));
      sound.push({ file, tasks: plan.tasks.length });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      faults.push(error);
      diagnostics.push(...error.diagnostics);
    }
  }
  diagnostics.push(...crowdIn(found, caller));
  const [fault] = faults;
  return { diagnostics, sound, ...(fault && { fault }) };
}

/** The files are of one project: that of the first. */
function crowdIn(found: readonly Loaded[], caller: CallerContext): readonly Diagnostic[] {
  const [first] = found;
  if (first === undefined) return [];
  const { maxRuns } = scheduleSettings(first.root, caller);
  const pipelines = found.map(({ pipeline }) => pipeline);
  return crowdWarning(pipelines, { now: caller.clock.now(), maxRuns });
}

async function checkFile(
  file: string,
  names: Map<string, Place>,
  types: TypeCheck,
  caller: CallerContext,
): Promise<Pick<Prepared, 'loaded' | 'plan'>> {
  const loaded = await load(file, caller);
  const { name, at } = loaded.pipeline;
  const before = names.get(name);
  names.set(name, at);
  if (before !== undefined)
    throw Fault.of([
      {
        code: 'DP4007',
        severity: 'error',
        message: `the pipeline name "${name}" is taken`,
        at,
        hint: `it is the name of ${placeText(before, caller.cwd)} too`,
      },
    ]);
  const { plan } = await prepare(loaded, { selection: {}, readCache: false, types }, caller);
  return { loaded, plan };
}
