import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { rowsOfPlan, rowsOfRun, type KeyRows } from '../../app/comparing/hash.ts';
import { load } from '../../app/planning/load.ts';
import { prepare } from '../../app/planning/prepare.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { CommandContext, SelectingOptions } from '../console/context.ts';
import { document } from '../../views/json.ts';
import { findRun } from '../../app/project/find-run.ts';
import { openForReading } from '../console/state.ts';
import { harmless, type Terminal } from '../console/terminal.ts';
import { planOptionsFrom } from '../console/plan-options.ts';

export type HashOptions = Pick<SelectingOptions, 'param' | 'json' | 'stateDir'>;

/** What ids and keys are made of: of a pipeline file or a run, or of one task of either; two side by side. */
export async function hash(
  context: CommandContext,
  options: HashOptions,
  first: string,
  second: string | undefined,
): Promise<ExitCode> {
  const a = await rowsFor(first, context, options);
  const b = second === undefined ? undefined : await rowsFor(second, context, options);
  const names = [...new Set([...a.keys(), ...(b?.keys() ?? [])])];
  const differing = new Set(
    b === undefined ? [] : names.filter((name) => a.get(name) !== b.get(name)),
  );
  const { terminal, json } = context;
  if (json) {
    const parts = names.map((name) => ({
      name,
      a: a.get(name) ?? null,
      ...(b === undefined ? {} : { b: b.get(name) ?? null, same: !differing.has(name) }),
    }));
    terminal.out(document({ same: differing.size === 0, first: causeOf(differing), parts }));
  } else terminal.out(rowsText({ a, b, names, differing }, terminal));
  return EXIT.ok;
}

/** `FILE`, `FILE:TASK`, `RUN` or `RUN:TASK`. What is a file is no run. */
async function rowsFor(
  word: string,
  context: CommandContext,
  options: HashOptions,
): Promise<KeyRows> {
  const { place } = context;
  const { cwd } = place;
  const [, named = word, task] = existsSync(resolve(cwd, word))
    ? []
    : (/^(.+):([^:/\\]+)$/.exec(word) ?? []);
  if (/\.ya?ml$/.test(named) || existsSync(resolve(cwd, named)))
    return rowsOfPlan(
      await prepare(await load(named, place), planOptionsFrom(options, []), place),
      task,
    );
  using state = openForReading(context);
  return rowsOfRun(findRun(state, named), task, state);
}

/** An id or hash of many parts only sums up: the first part that is none says more. */
function causeOf(differing: ReadonlySet<string>): string | null {
  const [first = null] = differing;
  return [...differing].find((name) => !SUMS.test(name)) ?? first;
}

const SUMS = /^(?:plan id|task id|code hash|id of .*|code of .*)$/;

interface Rows {
  readonly a: KeyRows;
  readonly b: KeyRows | undefined;
  readonly names: readonly string[];
  readonly differing: ReadonlySet<string>;
}

/** Longer texts are cut; `--json` has all. */
const SHOWN = 24;

function rowsText({ a, b, names, differing }: Rows, terminal: Terminal): string {
  const width = Math.max(...names.map((name) => name.length), 0);
  let text = '';
  for (const name of names) {
    const differs = differing.has(name);
    const cells = [name.padEnd(width), cell(a, name), ...(b === undefined ? [] : [cell(b, name)])];
    const line = `${differs ? '≠' : ' '} ${cells.join('  ')}`.trimEnd();
    text += `${differs ? terminal.paint('yellow', line) : line}\n`;
  }
  if (b === undefined) return text;
  const cause = causeOf(differing);
  return `${text}${cause === null ? 'they are the same' : `first difference: ${harmless(cause)}`}\n`;
}

function cell(rows: KeyRows, name: string): string {
  const text = harmless(rows.get(name) ?? '-');
  return (text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text).padEnd(SHOWN);
}
