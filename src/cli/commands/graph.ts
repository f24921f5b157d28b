import { load, onlyPipeline } from '../../app/planning/load.ts';
import { prepare } from '../../app/planning/prepare.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { CommandContext, SelectingOptions } from '../console/context.ts';
import { dot, graphJson, mermaid } from '../../views/graph.ts';
import { document } from '../../views/json.ts';
import { selectionFrom } from '../console/plan-options.ts';

export interface GraphOptions extends SelectingOptions {
  readonly format: 'mermaid' | 'dot' | 'json';
}

export async function graph(
  context: CommandContext,
  options: GraphOptions,
  file: string | undefined,
  tasks: readonly string[],
): Promise<ExitCode> {
  const { terminal, caller, json } = context;
  const loaded = await load(file ?? (await onlyPipeline(caller)), caller);
  const { plan } = await prepare(
    loaded,
    { selection: selectionFrom(options, tasks), readCache: false, types: 'extract' },
    caller,
  );
  const writers = { mermaid, dot, json: () => document(graphJson(plan)) };
  terminal.out(writers[json ? 'json' : options.format](plan));
  return EXIT.ok;
}
