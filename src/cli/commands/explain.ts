import { didYouMean } from '../../model/diagnostic.ts';
import { CATALOGUE, EXIT, Fault, type DiagnosticCode, type ExitCode } from '../../model/fault.ts';
import type { CommandContext } from '../console/context.ts';
import { document } from '../../views/json.ts';

/** One entry of the catalogue, or the list of all. */
export async function explain(
  { terminal, json }: CommandContext,
  _options: object,
  word: string | undefined,
): Promise<ExitCode> {
  if (word === undefined) {
    const entries = Object.entries(CATALOGUE);
    if (json)
      terminal.out(document({ codes: entries.map(([code, entry]) => ({ code, ...entry })) }));
    else for (const [code, { title }] of entries) terminal.out(`${code}  ${title}\n`);
    return EXIT.ok;
  }
  const code = word.toUpperCase();
  if (!isCode(code))
    throw new Fault('DP2001', `there is no error code "${word}"`, {
      hint: didYouMean(code, Object.keys(CATALOGUE)) ?? '`dp explain` lists them',
    });
  const { title, explain: text, exit } = CATALOGUE[code];
  if (json) terminal.out(document({ code, title, explain: text, exit }));
  else
    terminal.out(
      `${terminal.paint('bold', `${code}: ${title}`)}\n\n${text}\n\nExit code ${exit}.\n`,
    );
  return EXIT.ok;
}

const isCode = (word: string): word is DiagnosticCode => Object.hasOwn(CATALOGUE, word);
