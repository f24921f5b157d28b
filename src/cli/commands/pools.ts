import type { State } from '../../app/project/state.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import type { CommandContext } from '../console/context.ts';
import { document } from '../../views/json.ts';
import { openForReading } from '../console/state.ts';

interface PoolUse {
  readonly pool: string;
  readonly held: (RunWord & { readonly unit: TaskName })[];
  readonly waiting: RunWord[];
}

interface RunWord {
  readonly runId: RunId;
  readonly pipeline: string;
}

/** Who holds a slot of which pool, and who waits for one. */
export async function pools(context: CommandContext): Promise<ExitCode> {
  const { terminal, json } = context;
  using state = openForReading(context);
  const uses = usesIn(state);
  if (json) terminal.out(document({ pools: uses }));
  else if (uses.length === 0) terminal.err('nobody holds a slot of a pool\n');
  else terminal.out(uses.map(useText).join(''));
  return EXIT.ok;
}

function usesIn({ store }: State): PoolUse[] {
  const uses = new Map<string, PoolUse>();
  const useOf = (pool: string): PoolUse => {
    let use = uses.get(pool);
    if (use === undefined) uses.set(pool, (use = { pool, held: [], waiting: [] }));
    return use;
  };
  const wordFor = (runId: RunId): RunWord => ({
    runId,
    pipeline: store.get(runId)?.pipeline ?? '',
  });
  for (const { pool, run, unit } of store.slots.held())
    useOf(pool).held.push({ ...wordFor(run), unit });
  for (const { pool, run } of store.slots.waiting()) useOf(pool).waiting.push(wordFor(run));
  return [...uses.values()];
}

function useText({ pool, held, waiting }: PoolUse): string {
  const lines = [
    ...held.map(({ runId, pipeline, unit }) => `  held     ${pipeline} ${runId}  ${unit}\n`),
    ...waiting.map(({ runId, pipeline }) => `  waiting  ${pipeline} ${runId}\n`),
  ];
  return `${pool}\n${lines.join('')}`;
}
