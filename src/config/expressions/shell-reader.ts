/** Where in a command of the shell one is: in which quotes, substitutions and here-documents. */
import { impossible } from '../../model/fault.ts';

/** What surrounds a place in a command, as far as a reference there has to know. */
export type Where = 'plain' | 'quoted' | 'single' | 'ansi' | 'arithmetic' | 'literal';

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
export class ShellReader {
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
