/** A value of --reporter comes in, such as `junit=dist/junit.xml`; the chosen reporter goes out. */
import { didYouMean } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';

const TO_TERMINAL = ['pretty', 'plain', 'ndjson', 'github'] as const;
const TO_FILE = ['junit', 'sarif', 'markdown'] as const;

export type ReporterChoice =
  | { readonly is: (typeof TO_TERMINAL)[number] }
  | { readonly is: (typeof TO_FILE)[number]; readonly file: string };

/** Beginnings of what can be chosen. */
export const REPORTERS: readonly string[] = [...TO_TERMINAL, ...TO_FILE.map((each) => `${each}=`)];

/** Throws DP2001 when the word names no reporter, or its file is missing or not wanted. */
export function reporterChoice(word: string): ReporterChoice {
  const at = word.indexOf('=');
  const name = at === -1 ? word : word.slice(0, at);
  const file = at === -1 ? '' : word.slice(at + 1);
  const terminal = TO_TERMINAL.find((each) => each === name);
  if (terminal !== undefined && at === -1) return { is: terminal };
  if (terminal !== undefined)
    throw new Fault('DP2001', `the reporter "${name}" takes no file`, {
      hint: `it writes to the terminal: --reporter ${name}`,
    });
  const toFile = TO_FILE.find((each) => each === name);
  if (toFile !== undefined && file !== '') return { is: toFile, file };
  if (toFile !== undefined)
    throw new Fault('DP2001', `the reporter "${name}" needs a file`, {
      hint: `--reporter ${name}=FILE`,
    });
  throw new Fault('DP2001', `there is no reporter "${name}"`, {
    hint:
      didYouMean(name, [...TO_TERMINAL, ...TO_FILE]) ??
      `there are ${TO_TERMINAL.join(', ')}, and ${TO_FILE.map((each) => `${each}=FILE`).join(', ')}`,
  });
}
