import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { compareKeys, rowsOfPlan, rowsOfRun } from '../../app/comparing/hash.ts';
import { load } from '../../app/planning/load.ts';
import { prepare } from '../../app/planning/prepare.ts';
import type { ComparedKeys, KeyRows } from '../../model/difference.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { CommandContext, SelectingOptions } from '../console/context.ts';
import { document } from '../../views/json.ts';
import { keysJson } from '../../views/plan-json.ts';
import { findRun } from '../../app/project/find-run.ts';
import { openForReading } from '../console/state.ts';
import { harmless, type Terminal } from '../console/terminal.ts';
import { planOptionsFrom } from '../console/plan-options.ts';

export type HashOptions = Pick<SelectingOptions, 'param' | 'json' | 'stateDir'>;

/** Prints what the id of a plan or the key of a task is made of, for one or two of them side by side. */
export async function hash(
  context: CommandContext,
  options: HashOptions,
  first: string,
  second: string | undefined,
): Promise<ExitCode> {
  const a = await rowsFor(first, context, options);
  const b = second === undefined ? undefined : await rowsFor(second, context, options);
  const compared = compareKeys(a, b);
  const { terminal, json } = context;
  terminal.out(json ? document(keysJson(compared)) : rowsText(compared, terminal));
  return EXIT.ok;
}

/** Reads `FILE`, `FILE:TASK`, `RUN` or `RUN:TASK`. A word that names a file is not looked up as a run. */
async function rowsFor(
  word: string,
  context: CommandContext,
  options: HashOptions,
): Promise<KeyRows> {
  const { caller } = context;
  const { cwd } = caller;
  const [, named = word, task] = existsSync(resolve(cwd, word))
    ? []
    : (/^(.+):([^:/\\]+)$/.exec(word) ?? []);
  if (/\.ya?ml$/.test(named) || existsSync(resolve(cwd, named)))
    return rowsOfPlan(
      await prepare(await load(named, caller), await planOptionsFrom(options, [], caller), caller),
      task,
    );
  using state = openForReading(context);
  return rowsOfRun(findRun(state, named), task, state);
}

/** Characters shown of a value; `--json` has all. */
const SHOWN = 24;

function rowsText({ a, b, names, differing, first }: ComparedKeys, terminal: Terminal): string {
  const width = Math.max(...names.map((name) => name.length), 0);
  let text = '';
  for (const name of names) {
    const differs = differing.has(name);
    const cells = [name.padEnd(width), cell(a, name), ...(b === undefined ? [] : [cell(b, name)])];
    const line = `${differs ? '≠' : ' '} ${cells.join('  ')}`.trimEnd();
    text += `${differs ? terminal.paint('yellow', line) : line}\n`;
  }
  if (b === undefined) return text;
  return `${text}${first === null ? 'they are the same' : `first difference: ${harmless(first)}`}\n`;
}

function cell(rows: KeyRows, name: string): string {
  const text = harmless(rows.get(name) ?? '-');
  return (text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text).padEnd(SHOWN);
}
