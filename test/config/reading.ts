import type { Diagnostic } from '../../src/model/diagnostic.ts';
import type { Pipeline } from '../../src/model/pipeline.ts';
import { parsePipeline } from '../../src/config/parse.ts';

export const FILE = '/project/p.yaml';

/** A sound pipeline from its text; a mistake in it is one of the test. */
export async function pipelineFrom(yaml: string): Promise<Pipeline> {
  const { pipeline, diagnostics } = await parse(yaml);
  if (pipeline === undefined) throw new Error(`not sound:\n${diagnostics.map(told).join('\n')}`);
  return pipeline;
}

/** What is said of a text: `LINE:COLUMN CODE message → hint` each. */
export async function mistakesIn(yaml: string | Uint8Array): Promise<string[]> {
  const { diagnostics } = await parse(yaml);
  return diagnostics.map(told);
}

export async function parse(yaml: string | Uint8Array): ReturnType<typeof parsePipeline> {
  const bytes = typeof yaml === 'string' ? new TextEncoder().encode(yaml) : yaml;
  return await parsePipeline(bytes, FILE, '/project');
}

export function told({ at, code, message, hint }: Diagnostic): string {
  const remedy = typeof hint === 'string' ? hint : JSON.stringify(hint);
  return `${at?.line}:${at?.column} ${code} ${message}${remedy === undefined ? '' : ` → ${remedy}`}`;
}
