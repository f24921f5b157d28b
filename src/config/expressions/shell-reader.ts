/** Tracks the position in a shell command: its quotes, substitutions and here-documents. */
import { impossible } from '../../model/fault.ts';
import { CommandWords } from './command-words.ts';
import { type SafeValue, safeValueIn } from './evaluated-words.ts';
import { nestedInputRemedy, nestedProgramRemedy } from './nested-shell.ts';

/** Surroundings of a place in a command, as far as they matter for a reference there. */
export type QuotingContext = 'plain' | 'quoted' | 'single' | 'ansi' | 'arithmetic' | 'literal';

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
  /** Remedy for a value in the frame, when a shell reads it as a program. */
  readonly remedy: string | undefined;
}

/**
 * Follows quoting through a command, piece by piece. It need not be right about every shell: where it is wrong, a value is split
 * into words or left out, but never becomes code.
 */
export class ShellReader {
  readonly #frames: Frame[] = ['plain'];
  /** Words of the present command, for each frame in which commands are read. */
  readonly #commands: CommandWords[] = [new CommandWords()];
  readonly #announced: HereDocument[] = [];
  #document: HereDocument | undefined;
  #line = '';
  /** The last two characters. */
  #before = '\n';

  where(): QuotingContext {
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

  /** Returns the remedy for a value here when another shell would parse it; undefined when none would. */
  nestedRemedy(): string | undefined {
    if (this.#document !== undefined) return this.#document.remedy;
    return this.#top === 'comment' ? undefined : nestedProgramRemedy(this.#words.before);
  }

  /** Returns what a value here has to be; undefined when it may be any text. `after` is the text behind it. */
  safeValue(after: string): SafeValue | undefined {
    if (this.#document !== undefined || this.#top === 'comment') return undefined;
    return safeValueIn(this.#words.before, this.#words.isBetween, after);
  }

  /** Arithmetic, `${name:offset}` and `name[subscript]` run commands that a text contains: `a[$(…)]` is enough. */
  #isEvaluated(): boolean {
    if (/[\w(]\[$/.test(this.#before)) return true;
    for (const frame of this.#frames.toReversed()) {
      if (frame === 'arithmetic' || frame === 'parameter') return true;
      if (frame === 'substitution' || frame === 'backtick') return false;
    }
    return false;
  }

  /** Records a reference, which is not text of the command. */
  readWord(): void {
    this.#before = 'x';
    this.#line += 'x';
    this.#words.append('x');
  }

  read(text: string): void {
    for (let at = 0; at < text.length;) at += this.#step(text, at);
  }

  get #top(): Frame {
    return this.#frames.at(-1)!;
  }

  get #words(): CommandWords {
    return this.#commands.at(-1)!;
  }

  /** Returns the number of characters read. */
  #step(text: string, at: number): number {
    const character = text[at]!;
    if (this.#document !== undefined) return this.#inDocument(character);
    const { length: depth } = this.#frames;
    const [frame, words] = [this.#top, this.#words];
    const length = this.#inFrame(text, at, character);
    const isQuote = QUOTES.has(this.#frames.length > depth ? this.#top : frame);
    if (isQuote && this.#frames.length !== depth) words.append('');
    else readIntoWords(words, frame, text.slice(at, at + length));
    this.#before = (this.#before + text.slice(at, at + length)).slice(-2);
    if (character === '\n') this.#beginDocument();
    return length;
  }

  #inFrame(text: string, at: number, character: string): number {
    switch (this.#top) {
      case 'single':
        return character === "'" ? this.#close() : 1;
      case 'ansi':
        if (character === "'") return this.#close();
        return character === '\\' ? 2 : 1;
      case 'comment':
        return character === '\n' ? this.#close() : 1;
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

  /** Reads what a backslash, a dollar or a backtick begins, which is the same inside double quotes and outside. */
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
      remedy: nestedInputRemedy(this.#words.through()),
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
    if (COMMANDS.has(frame)) this.#commands.push(new CommandWords());
    return length;
  }

  #close(): number {
    const frame = this.#frames.pop();
    if (frame !== undefined && COMMANDS.has(frame)) this.#commands.pop();
    return 1;
  }

  /** Closes a frame, and every frame that is open inside it. */
  #closeBacktick(): number {
    while (this.#top !== 'backtick') this.#close();
    return this.#close();
  }
}

/** Frames in which commands are read, and those whose ends are not part of a word. */
const COMMANDS: ReadonlySet<Frame> = new Set(['plain', 'group', 'substitution', 'backtick']);
const QUOTES: ReadonlySet<Frame> = new Set(['single', 'double', 'ansi']);

/** Adds the text read in the frame to the words of its command. */
function readIntoWords(words: CommandWords, frame: Frame, text: string): void {
  const isIgnored = frame === 'arithmetic' || (frame === 'comment' && text !== '\n');
  if (isIgnored || text === '\\\n') return;
  if (!isBetweenWords(words, frame, text)) {
    words.append(frame === 'single' ? text : text.replace(/^\\(?=.)/s, ''));
    return;
  }
  if (/^[ \t<]/.test(text)) words.endWord();
  else words.endCommand();
  if (text === '<<<') words.append(text);
}

function isBetweenWords(words: CommandWords, frame: Frame, text: string): boolean {
  if (frame === 'comment') return true;
  const isRedirected = text === '&' && words.through().at(-1)?.endsWith('>') === true;
  return COMMANDS.has(frame) && /^[\s;&|()<]/.test(text) && !isRedirected;
}
