/** Reads YAML with the library, which reports exactly what is wrong with the text. */
import type { CST, Document, YAMLParseError } from 'yaml';
import type { Report } from './report.ts';
import { quoted, type SourceText, type Span } from './source.ts';
import type { YamlNode } from './yaml-node.ts';
import { TreeBuilder, type YamlLibrary } from './yaml-tree.ts';

/** Limit of nested collections. Real pipelines stay below ten; the parser below would run out of stack at some thousands. */
const MAX_DEPTH = 100;
/** Limit of reported syntax errors: after the first few they are consequences of each other. */
const MAX_SYNTAX_ERRORS = 10;

/** Returns undefined, with at least one error in `report`, when the text is not YAML. The library is loaded for the first such text. */
export async function readAnyYaml(report: Report): Promise<YamlNode | undefined> {
  const yaml = await import('yaml');
  const document = composeOne(yaml, report);
  for (const error of firstPerLine(document?.errors ?? [], report.source)) {
    report.error('DP1001', mildly(error), spanOf(error, report.source.text), hintFor(error));
  }
  if (document === undefined || report.diagnostics.length > 0) return undefined;
  return document.contents === null
    ? { is: 'scalar', value: null, start: 0, end: 0 }
    : new TreeBuilder(yaml, report).build(document.contents);
}

/**
 * Drives lexer, parser and composer by hand, so that nesting, tags and further documents are seen
 * before anything recursive runs over them.
 */
function composeOne(
  { Composer, CST, Lexer, Parser }: YamlLibrary,
  report: Report,
): Document.Parsed | undefined {
  const { text } = report.source;
  const parser = new Parser();
  // The library's own search for duplicate keys is quadratic; TreeBuilder has another.
  const composer = new Composer({ uniqueKeys: false, strict: true, version: '1.2' });
  const documents: Document.Parsed[] = [];
  const compose = (tokens: Iterable<CST.Token>): void => {
    for (const token of tokens) documents.push(...composer.next(token));
  };
  let before = '';
  for (const lexeme of new Lexer().lex(text)) {
    const span = { start: parser.offset, end: parser.offset + lexeme.length };
    if (before !== CST.SCALAR) refuseIndicator(lexeme, span, report);
    before = lexeme;
    compose(parser.next(lexeme));
    if (parser.stack.length > MAX_DEPTH) {
      const hint = 'look for a bracket that is never closed';
      report.error('DP1006', `nested more than ${MAX_DEPTH} levels deep`, span, hint);
      return undefined;
    }
    if (documents.length > 0) break;
  }
  compose(parser.end());
  documents.push(...composer.end(true, text.length));
  const [first, second] = documents;
  if (first !== undefined && second !== undefined) {
    const start = text.indexOf('---', first.range[1]);
    const hint = 'one file holds one pipeline: move the second to a file of its own';
    report.error('DP1006', 'a second document begins here', { start, end: start + 3 }, hint);
    return undefined;
  }
  return first;
}

/** Reports tags, which turn text into objects, and directives, which change the meaning of the rest. */
function refuseIndicator(lexeme: string, span: Span, report: Report): void {
  if (lexeme.startsWith('!')) {
    const hint = 'remove it; if the "!" belongs to the value, put the value in quotes';
    report.error('DP1006', `the tag ${quoted(lexeme)} is not allowed`, span, hint);
  } else if (lexeme.startsWith('%') && !/^%YAML +1\.2\s*$/.test(lexeme)) {
    const hint = 'remove it; a pipeline file is YAML 1.2';
    report.error('DP1006', `the directive ${quoted(lexeme)} is not allowed`, span, hint);
  }
}

function firstPerLine(errors: readonly YAMLParseError[], source: SourceText): YAMLParseError[] {
  const seen = new Set<number>();
  return errors
    .filter(({ pos: [start, end] }) => {
      const { line } = source.place({ start, end });
      return !seen.has(line) && seen.add(line);
    })
    .slice(0, MAX_SYNTAX_ERRORS);
}

/** Returns the span of an error. Some errors begin at the line break before the line that they concern. */
function spanOf({ pos: [start, end] }: YAMLParseError, text: string): Span {
  const blanks = text[start] === '\n' ? /^\s*/.exec(text.slice(start))![0].length : 0;
  const from = start + blanks;
  return { start: from, end: Math.max(end, from + 1) };
}

/** Returns the parser's message with a lower-case start, like every other message, and without advice that does not apply. */
function mildly({ message }: YAMLParseError): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function hintFor({ code }: YAMLParseError): string | undefined {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces';
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return 'put a text that contains ": " in quotes';
    case 'BAD_SCALAR_START':
      return 'put the value in quotes';
    case 'BAD_INDENT':
      return 'keys of one mapping start in the same column';
    default:
      return undefined;
  }
}
