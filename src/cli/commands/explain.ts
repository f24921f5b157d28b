import { didYouMean } from '../../model/diagnostic.ts';
import { CATALOGUE, Fault, type DiagnosticCode } from '../../model/fault.ts';
import type { CommandContext } from '../console/context.ts';
import { EXIT, EXIT_OF_KIND, type ExitCode } from '../console/exit-codes.ts';
import { explanationOf } from '../text/hint.ts';
import { document } from '../../views/json.ts';

/** Prints one entry of the error catalogue, or a list of all. */
export async function explain(
  { terminal, json }: CommandContext,
  _options: object,
  word: string | undefined,
): Promise<ExitCode> {
  if (word === undefined) {
    const codes = Object.keys(CATALOGUE).filter(isCode);
    if (json) terminal.out(document({ codes: codes.map(entryJson) }));
    else for (const code of codes) terminal.out(lineOf(code));
    return EXIT.ok;
  }
  const code = word.toUpperCase();
  if (!isCode(code))
    throw new Fault('DP2001', `there is no error code "${word}"`, {
      hint: didYouMean(code, Object.keys(CATALOGUE)) ?? '`dp explain` lists them',
    });
  const { title, kind, explain: text, exit } = entryJson(code);
  if (json) terminal.out(document(entryJson(code)));
  else
    terminal.out(
      `${terminal.paint('bold', `${code}: ${title}`)}\n\n${text}\n\nKind: ${kind}. Exit code ${exit}.\n`,
    );
  return EXIT.ok;
}

const isCode = (word: string): word is DiagnosticCode => Object.hasOwn(CATALOGUE, word);

function lineOf(code: DiagnosticCode): string {
  const { kind, title } = CATALOGUE[code];
  return `${code}  ${kind.padEnd(15)}  ${title}\n`;
}

function entryJson(code: DiagnosticCode) {
  const { kind, title } = CATALOGUE[code];
  return { code, kind, title, explain: explanationOf(code), exit: EXIT_OF_KIND[kind] };
}
