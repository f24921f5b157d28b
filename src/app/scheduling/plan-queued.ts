/** A queued run comes in; its plan goes out, made with the files as they are now. */
import type { parsePipeline } from '../../config/parse.ts';
import { Fault } from '../../model/fault.ts';
import type { QueuedRun } from '../../model/queued-run.ts';
import { load } from '../planning/load.ts';
import { prepare } from '../planning/prepare.ts';
import type { Prepared } from '../planning/prepared.ts';
import type { CallerContext } from '../project/caller-context.ts';

/** Throws DP6303 when the file has another pipeline by now, and otherwise like `prepare`. */
export async function planQueued(
  { pipeline: name, file, params, selection = {}, at }: QueuedRun,
  caller: CallerContext,
  parse?: typeof parsePipeline,
): Promise<Prepared> {
  const loaded = await load(file, { ...caller, projects: new Map() }, parse);
  if (loaded.pipeline.name !== name)
    throw new Fault(
      'DP6303',
      `${file} had pipeline "${name}" when the run was queued, and has "${loaded.pipeline.name}" now`,
    );
  return prepare(
    loaded,
    { params: { json: params }, selection, at, readCache: true, types: 'on' },
    caller,
  );
}
