/** Says what the CEL library complains of in the words of this file format: texts, numbers, lists, and functions that exist. */
import { didYouMean } from '../../model/diagnostic.ts';

/** Returns the complaint in words; one that is not known stays as it is, on one line and without wrapped types. */
export function inWords(complaint: string, functions: ReadonlySet<string>): string {
  const [firstLine = ''] = complaint.split('\n');
  const text = firstLine.replaceAll(/dyn<([^<>]+)>/g, '$1');
  for (const [pattern, say] of COMPLAINTS) {
    const found = pattern.exec(text);
    if (found !== null) return say(found.slice(1), functions);
  }
  return text.charAt(0).toLowerCase() + text.slice(1);
}

type Say = (parts: readonly string[], functions: ReadonlySet<string>) => string;

const COMPLAINTS: readonly (readonly [RegExp, Say])[] = [
  [/^Unexpected token: (\w+)$/, ([token = '']) => unexpected(token)],
  [
    /^Expected (\w+), got (\w+)$/,
    ([wanted = '', got = '']) =>
      `${written(wanted)} is missing ${got === 'EOF' ? 'at the end' : `before ${written(got)}`}`,
  ],
  [
    /^found no matching overload for '(?:([\w.]+(?:<.*?>)?)\.)?(\w+)\((.*)\)'$/,
    ([receiver, name = '', given = ''], functions) =>
      noSuchCall({ receiver, name, given }, functions),
  ],
  [
    /^no such overload: ([-!])(\S+)$/,
    ([sign = '', type = '']) => `${sign} does not apply to ${typeName(type)}`,
  ],
  [
    /^no such overload: (\S.*?) (\S+) (\S.*)$/,
    ([left = '', sign = '', right = '']) => noSuchOperation(typeName(left), sign, typeName(right)),
  ],
  [/^No such key: (.*)$/, ([key = '']) => `there is no ${key}`],
  [
    /^Logical operator requires bool operands, got '(.*)'$/,
    ([type = '']) => `&& and || join what is true or false, and one side is ${typeName(type)}`,
  ],
  [
    /^Ternary condition must be bool, got '(.*)'$/,
    ([type = '']) => `what stands before ? is true or false, not ${typeName(type)}`,
  ],
  [/^Unexpected character: =$/, () => 'a comparison is written =='],
  [
    /^Unexpected character: '(.)'$/,
    ([character = '']) =>
      `an operator is missing before "${character}"; and, or, not are written &&, ||, !`,
  ],
  [/^Unterminated string$/, () => 'a quote is never closed'],
  [/^Cannot index type '(.*)'$/, ([type = '']) => `${typeName(type)} has no fields or elements`],
];

function unexpected(token: string): string {
  if (token === 'EOF') return 'the expression ends too early';
  return `${written(token)} does not belong here`;
}

function noSuchCall(
  call: { readonly receiver: string | undefined; readonly name: string; readonly given: string },
  functions: ReadonlySet<string>,
): string {
  const { receiver, name } = call;
  if (!functions.has(name)) {
    const near = didYouMean(name, functions);
    return `there is no function ${name}(…)${near === undefined ? '' : `; ${near}`}`;
  }
  const given = call.given === '' ? [] : call.given.split(', ').map(typeName);
  const list = given.length === 0 ? 'no argument' : given.join(', ');
  return receiver === undefined || receiver === 'dyn'
    ? `${name}(…) does not take ${list}`
    : `${name}(…) on ${typeName(receiver)} does not take ${list}`;
}

function noSuchOperation(left: string, sign: string, right: string): string {
  const sides = left === right ? `${left} and another one` : `${left} and ${right}`;
  const isText = [left, right].includes('a text') && sign === '+';
  return `${sign} does not take ${sides}${isText ? '; string(…) makes a text of a value' : ''}`;
}

/** Returns the characters of a token of the parser. */
const written = (token: string): string => TOKENS[token] ?? token.toLowerCase();

const TOKENS: Readonly<Record<string, string>> = {
  EOF: 'the end',
  NUMBER: 'a number',
  STRING: 'a text',
  BOOLEAN: 'true or false',
  NULL: 'null',
  IDENTIFIER: 'a name',
  PLUS: '"+"',
  MINUS: '"-"',
  MULTIPLY: '"*"',
  DIVIDE: '"/"',
  MODULO: '"%"',
  EQ: '"=="',
  NE: '"!="',
  LT: '"<"',
  LE: '"<="',
  GT: '">"',
  GE: '">="',
  AND: '"&&"',
  OR: '"||"',
  NOT: '"!"',
  IN: '"in"',
  LPAREN: '"("',
  RPAREN: '")"',
  LBRACKET: '"["',
  RBRACKET: '"]"',
  LBRACE: '"{"',
  RBRACE: '"}"',
  DOT: '"."',
  COMMA: '","',
  COLON: '":"',
  QUESTION: '"?"',
  BYTES: 'bytes',
};

const typeName = (type: string): string => TYPE_NAMES[type.replace(/<.*$/, '')] ?? type;

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  uint: 'a whole number',
  double: 'a number',
  bool: 'true or false',
  list: 'a list',
  map: 'a mapping',
  null: 'null',
  bytes: 'bytes',
  dyn: 'this value',
  'google.protobuf.Timestamp': 'a time',
  'google.protobuf.Duration': 'a duration',
};
