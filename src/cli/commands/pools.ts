import { poolUses, type PoolUse } from '../../app/maintenance/pools.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { CommandContext } from '../console/context.ts';
import { document } from '../../views/json.ts';
import { openForReading } from '../console/state.ts';

/** Prints which runs hold a slot of which pool, and which wait for one. */
export async function pools(context: CommandContext): Promise<ExitCode> {
  const { terminal, json } = context;
  using state = openForReading(context);
  const uses = poolUses(state);
  if (json) terminal.out(document({ pools: uses }));
  else if (uses.length === 0) terminal.err('nobody holds a slot of a pool\n');
  else terminal.out(uses.map(useText).join(''));
  return EXIT.ok;
}

function useText({ pool, held, waiting }: PoolUse): string {
  const lines = [
    ...held.map(({ runId, pipeline, unit }) => `  held     ${pipeline} ${runId}  ${unit}\n`),
    ...waiting.map(({ runId, pipeline }) => `  waiting  ${pipeline} ${runId}\n`),
  ];
  return `${pool}\n${lines.join('')}`;
}
