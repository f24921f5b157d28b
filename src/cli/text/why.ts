/** The reasons of a plan as text: the differences of each task, and for one task the chain that leads to it. */
import type { TaskWhy } from '../../model/difference.ts';
import { differenceText } from '../../views/differences.ts';
import { noteText, reasonText } from '../../views/reasons.ts';
import { harmless, type Terminal } from '../console/terminal.ts';

/** Differences and tasks shown; `--json` has all. */
const DIFFERENCES_SHOWN = 10;
const CHAIN_SHOWN = 30;

/** Returns no lines for a task whose reason says it all. */
export function whyLines(why: TaskWhy): readonly string[] {
  const { differences, notes, waitsFor } = why;
  const shown = differences
    .slice(0, DIFFERENCES_SHOWN)
    .map((each) => harmless(differenceText(each)));
  const left = differences.length - shown.length;
  if (left > 0) shown.push(`… and ${left} more`);
  if (waitsFor.length > 0 && why.action === 'run')
    shown.push(`waits for ${waitsFor.join(', ')}, which ${waitsFor.length > 1 ? 'run' : 'runs'}`);
  return [...shown, ...notes.map((note) => harmless(noteText(note)))];
}

/** Describes the task, then each task that contributes to its reason, nearest first. */
export function chainText(
  chain: readonly TaskWhy[],
  terminal: Terminal,
  when: keyof typeof WORDS = 'now',
): string {
  let text = '';
  for (const why of chain.slice(0, CHAIN_SHOWN)) {
    const head = `${terminal.paint('bold', why.task)} ${WORDS[when][why.action]}: ${harmless(reasonText(why.reason))}`;
    const against = why.against === undefined ? '' : `  (compared with run ${why.against})`;
    text += `${head}${terminal.paint('dim', against)}\n`;
    for (const line of [...cachedLines(why), ...whyLines(why)]) text += `  ${line}\n`;
  }
  if (chain.length > CHAIN_SHOWN) text += `… and ${chain.length - CHAIN_SHOWN} more tasks\n`;
  return text;
}

/** Explains why a stored result fits. */
function cachedLines({ action, key, differences }: TaskWhy): readonly string[] {
  if (action !== 'cached' || key === null || differences.length > 0) return [];
  return [
    `definition, code, parameters, declared environment, Node and inputs are the same: key ${key.slice(0, 16)}`,
  ];
}

const WORDS = {
  now: { run: 'runs', cached: 'is cached', skip: 'is skipped' },
  past: { run: 'ran', cached: 'was cached', skip: 'did not run' },
} as const;
