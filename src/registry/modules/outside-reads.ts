/** Finds, in a module's text, the reads of environment variables and files whose names are literals; it finds no others. */
import type { OutsideRead } from '../../model/task.ts';
import { placeAt } from '../loader/compile.ts';

export function outsideReads(file: string, text: string): readonly OutsideRead[] {
  const code = withoutComments(text);
  const reads: OutsideRead[] = [];
  const add = (is: OutsideRead['is'], name: string, index: number): void => {
    reads.push({ is, name, at: placeAt(file, code.slice(0, index)) });
  };
  for (const { groups = {}, index } of code.matchAll(VARIABLE))
    add('env', groups['dotted'] ?? groups['quoted'] ?? '', index);
  for (const { groups = {}, index } of code.matchAll(TAKEN_APART)) {
    for (const part of (groups['names'] ?? '').split(',')) {
      const [, name] = /^\s*([A-Za-z_]\w*)/.exec(part) ?? [];
      if (name !== undefined) add('env', name, index);
    }
  }
  for (const { groups = {}, index } of code.matchAll(FILE))
    add('file', groups['path'] ?? '', index);
  return reads;
}

const ENV = `\\b(?:process|ctx|context)\\.env\\b`;
const NAME = `[A-Za-z_]\\w*`;
/** Matches a variable that is read, not one that is only assigned. */
const VARIABLE = new RegExp(
  `${ENV}(?:\\??\\.(?<dotted>${NAME})\\b|(?:\\?\\.)?\\[\\s*['"\`](?<quoted>${NAME})['"\`]\\s*\\])(?!\\s*=[^=])`,
  'g',
);
const TAKEN_APART = new RegExp(`\\{(?<names>[^{}]*)\\}\\s*=\\s*${ENV}(?!\\s*[.[])`, 'g');
const FILE =
  /\b(?:readFile|readFileSync|createReadStream|openAsBlob)\(\s*(?<quote>['"`])(?<path>[^'"`$\n]+)\k<quote>/g;

/** Replaces comments by spaces, so that offsets stay the same. A regular expression that contains a quote may mislead it. */
function withoutComments(text: string): string {
  return text.replaceAll(STRING_OR_COMMENT, (found) =>
    found.startsWith('/') ? found.replaceAll(/[^\n]/g, ' ') : found,
  );
}

const STRING_OR_COMMENT =
  /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[^]*?\*\//g;
