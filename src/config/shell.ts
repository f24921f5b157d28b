/**
 * `run:` with expressions → a command and the environment that carries their values.
 *
 * No value is ever pasted into the command. Each travels as a variable `DP_ARG_n`, and the expression is replaced by a reference
 * to it, quoted as its surroundings ask for; so a value with quotes, newlines, `$(…)` or `;` is one word of data. What a command
 * does with its own arguments stays its business: `eval`, `sh -c` and `let` evaluate theirs.
 */
import { impossible } from '../model/fault.ts';
import {
  compileExpression,
  type Expression,
  ExpressionProblem,
  notEvaluated,
  type Names,
} from './expression.ts';
import { asText, splitTemplate } from './template.ts';

export interface ShellCommand {
  /** The same for all values. */
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Shells in which the references mean what they should. */
const SHELLS = new Set(['sh', 'ash', 'bash', 'dash', 'ksh', 'mksh', 'zsh']);
/** Of one `NAME=value` on Linux, its end included. */
const MAX_VARIABLE_BYTES = 128 * 1024;

export function takesExpressions(shell: string): boolean {
  return SHELLS.has((/[^/\\]*$/.exec(shell)?.[0] ?? '').replace(/\.exe$/i, ''));
}

/** Throws ExpressionProblem, its span inside `text` for the form and inside the source of the expression for its content. */
export async function compileCommand(text: string): Promise<(names: Names) => ShellCommand> {
  const { command, values } = placeReferences(text);
  const compiled = await Promise.all(
    values.map(async (value) => ({ ...value, expression: await compileExpression(value.source) })),
  );
  return (names) => ({
    command,
    env: Object.fromEntries(
      compiled.map(({ variable, expression, onlyNumbers }) => [
        variable,
        valueFor(variable, expression, onlyNumbers, names),
      ]),
    ),
  });
}

interface PlacedValue {
  readonly variable: string;
  readonly source: string;
  /** Inside `$((…))` and the like a shell evaluates what it finds; only a number is safe there. */
  readonly onlyNumbers: boolean;
}

/** Throws ExpressionProblem where no reference would be replaced. */
export function placeReferences(text: string): { command: string; values: readonly PlacedValue[] } {
  const reader = new ShellReader();
  const values: PlacedValue[] = [];
  let command = '';
  for (const part of splitTemplate(text)) {
    if (part.is === 'text') {
      reader.read(part.text);
      command += part.text;
      continue;
    }
    const where = reader.where();
    const variable = `DP_ARG_${values.length + 1}`;
    if (where === 'literal') {
      throw new ExpressionProblem(
        'a here-document with a quoted delimiter takes nothing in; remove the quotes, or put the value into a variable before',
        { start: part.start - 2, end: part.start + part.source.length + 1 },
      );
    }
    values.push({ variable, source: part.source, onlyNumbers: where === 'arithmetic' });
    command += REFERENCE[where](variable);
    reader.readWord();
  }
  return { command, values };
}

/** What surrounds a place in a command, as far as a reference there has to know. */
type Where = 'plain' | 'quoted' | 'single' | 'ansi' | 'arithmetic' | 'literal';

const REFERENCE: Record<Exclude<Where, 'literal'>, (variable: string) => string> = {
  plain: (variable) => `"\${${variable}}"`,
  quoted: (variable) => `\${${variable}}`,
  single: (variable) => `'"\${${variable}}"'`,
  ansi: (variable) => `'"\${${variable}}"$'`,
  arithmetic: (variable) => `\${${variable}}`,
};

function valueFor(
  variable: string,
  expression: Expression,
  onlyNumbers: boolean,
  names: Names,
): string {
  const value = asText(expression, names);
  const refuse = (why: string): never => {
    throw notEvaluated(expression.source, why);
  };
  if (onlyNumbers && !/^-?\d+$/.test(value))
    refuse('inside $((…)), a subscript or a shell ${…} only a whole number is safe');
  if (value.includes('\0')) refuse('a command cannot take text with a null character');
  if (Buffer.byteLength(value) + variable.length + 2 > MAX_VARIABLE_BYTES)
    refuse(
      `a command takes at most ${MAX_VARIABLE_BYTES / 1024} KiB; write the value to a file in a task, and give its path`,
    );
  return value;
}

type Frame =
  | 'plain'
  | 'group'
  | 'substitution'
  | 'backtick'
  | 'double'
  | 'single'
  | 'ansi'
  | 'parameter'
  | 'arithmetic'
  | 'comment';
interface HereDocument {
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly stripTabs: boolean;
}

/**
 * Follows quoting through a command, piece by piece. It need not be right about every shell: wherever it errs, a value is split
 * into words or left out, and still never becomes code.
 */
class ShellReader {
  readonly #frames: Frame[] = ['plain'];
  readonly #announced: HereDocument[] = [];
  #document: HereDocument | undefined;
  #line = '';
  /** The last two characters. */
  #before = '\n';

  where(): Where {
    if (this.#document !== undefined) return this.#document.quoted ? 'literal' : 'quoted';
    if (this.#isEvaluated()) return 'arithmetic';
    switch (this.#top) {
      case 'single':
      case 'ansi':
        return this.#top;
      case 'double':
      case 'comment':
      case 'parameter':
      case 'arithmetic':
        return 'quoted';
      case 'backtick':
        return this.#frames.includes('double') ? 'quoted' : 'plain';
      case 'plain':
      case 'group':
      case 'substitution':
        return 'plain';
      default:
        return impossible(this.#top);
    }
  }

  /** Arithmetic, `${name:offset}` and `name[subscript]` run commands they find in a text: `a[$(…)]` is enough. */
  #isEvaluated(): boolean {
    if (/\w\[$/.test(this.#before)) return true;
    for (const frame of this.#frames.toReversed()) {
      if (frame === 'arithmetic' || frame === 'parameter') return true;
      if (frame === 'substitution' || frame === 'backtick') return false;
    }
    return false;
  }

  /** Something stands here that is no text of the command. */
  readWord(): void {
    this.#before = 'x';
    this.#line += 'x';
  }

  read(text: string): void {
    for (let at = 0; at < text.length;) at += this.#step(text, at);
  }

  get #top(): Frame {
    return this.#frames.at(-1)!;
  }

  /** How many characters were read. */
  #step(text: string, at: number): number {
    const character = text[at]!;
    if (this.#document !== undefined) return this.#inDocument(character);
    const length = this.#inFrame(text, at, character);
    this.#before = (this.#before + text.slice(at, at + length)).slice(-2);
    if (character === '\n') this.#beginDocument();
    return length;
  }

  #inFrame(text: string, at: number, character: string): number {
    switch (this.#top) {
      case 'single':
        if (character === "'") this.#frames.pop();
        return 1;
      case 'ansi':
        if (character === "'") this.#frames.pop();
        return character === '\\' ? 2 : 1;
      case 'comment':
        if (character === '\n') this.#frames.pop();
        return 1;
      case 'double':
        if (character === '"') return this.#close();
        return this.#expansion(text, at) ?? 1;
      case 'parameter':
        if (character === '}') return this.#close();
        return this.#quote(character) ?? this.#expansion(text, at) ?? 1;
      case 'arithmetic':
        if (character === '(') return this.#open('group', 1);
        if (text.startsWith('))', at)) return this.#close() + 1;
        return this.#expansion(text, at) ?? 1;
      case 'plain':
      case 'group':
      case 'substitution':
      case 'backtick':
        return this.#inCommand(text, at, character);
      default:
        return impossible(this.#top);
    }
  }

  #inCommand(text: string, at: number, character: string): number {
    if (character === ')' && (this.#top === 'group' || this.#top === 'substitution'))
      return this.#close();
    if (text.startsWith('((', at)) return this.#open('arithmetic', 2);
    if (character === '(') return this.#open('group', 1);
    if (character === '#' && /[\s;&|(]$/.test(this.#before)) return this.#open('comment', 1);
    if (text.startsWith('<<', at)) return this.#redirection(text, at);
    return this.#quote(character) ?? this.#expansion(text, at) ?? 1;
  }

  #quote(character: string): number | undefined {
    if (character === "'") return this.#open('single', 1);
    if (character === '"') return this.#open('double', 1);
    return undefined;
  }

  /** What a backslash, a dollar or a backtick begins; the same inside double quotes and outside. */
  #expansion(text: string, at: number): number | undefined {
    if (text[at] === '\\') return Math.min(2, text.length - at);
    if (text[at] === '`')
      return this.#frames.includes('backtick') ? this.#closeBacktick() : this.#open('backtick', 1);
    if (text.startsWith('$((', at)) return this.#open('arithmetic', 3);
    if (text.startsWith('$(', at)) return this.#open('substitution', 2);
    if (text.startsWith('${', at)) return this.#open('parameter', 2);
    if (text.startsWith("$'", at) && this.#top !== 'double') return this.#open('ansi', 2);
    return undefined;
  }

  #redirection(text: string, at: number): number {
    if (text.startsWith('<<<', at)) return 3;
    const [all, dash, single, double, bare] =
      /^<<(-?)[ \t]*(?:'([^'\n]*)'|"([^"\n]*)"|([^\s;&|<>()]+))/.exec(text.slice(at)) ?? ['<<'];
    const delimiter = single ?? double ?? bare;
    if (delimiter === undefined) return 2;
    this.#announced.push({
      delimiter: delimiter.replaceAll(/[\\'"]/g, ''),
      quoted: bare === undefined || /[\\'"]/.test(bare),
      stripTabs: dash === '-',
    });
    return all.length;
  }

  #beginDocument(): void {
    if (this.#top === 'single' || this.#top === 'double' || this.#top === 'ansi') return;
    this.#document = this.#announced.shift();
    this.#line = '';
  }

  #inDocument(character: string): number {
    if (character !== '\n') {
      this.#line += character;
      return 1;
    }
    const line = this.#document!.stripTabs ? this.#line.replace(/^\t+/, '') : this.#line;
    this.#line = '';
    if (line === this.#document!.delimiter) {
      this.#document = undefined;
      this.#before = '\n';
      this.#beginDocument();
    }
    return 1;
  }

  #open(frame: Frame, length: number): number {
    this.#frames.push(frame);
    return length;
  }

  #close(): number {
    this.#frames.pop();
    return 1;
  }

  /** Whatever is open inside ends with it. */
  #closeBacktick(): number {
    this.#frames.length = this.#frames.lastIndexOf('backtick');
    return 1;
  }
}
