/**
 * Turns `run:` with expressions into a command and the environment that carries their values.
 *
 * No value is ever pasted into the command. Each travels as a variable `DP_ARG_n`, and the expression is replaced by a reference
 * to it, quoted as its surroundings require; so a value with quotes, newlines, `$(…)` or `;` is one word of data. A value that
 * would be part of another shell's program is refused. How other programs interpret their arguments is not checked.
 */
import { compileExpression } from './compile-expression.ts';
import { type Expression, ExpressionProblem, notEvaluated, type Names } from './expression.ts';
import type { SafeValue } from './evaluated-words.ts';
import { ShellReader, type QuotingContext } from './shell-reader.ts';
import { asText, splitTemplate } from './template.ts';

export interface ParameterizedCommand {
  /** Command text, which is the same for all values. */
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Size limit of one `NAME=value` on Linux, including its final NUL byte. */
const MAX_VARIABLE_BYTES = 128 * 1024;

/** Throws ExpressionProblem. Its span is inside `text` for the form, and inside the expression's source for its content. */
export async function compileCommand(
  text: string,
): Promise<(names: Names) => ParameterizedCommand> {
  const { command, values } = placeReferences(text);
  const compiled = await Promise.all(
    values.map(async (value) => ({ ...value, expression: await compileExpression(value.source) })),
  );
  return (names) => ({
    command,
    env: Object.fromEntries(compiled.map((value) => [value.variable, valueFor(value, names)])),
  });
}

interface PlacedValue {
  readonly variable: string;
  readonly source: string;
  /** Set where a shell evaluates any text, such as inside `$((…))`. */
  readonly only: SafeValue | undefined;
}

interface CompiledValue extends PlacedValue {
  readonly expression: Expression;
}

/** Throws ExpressionProblem at a place where the shell would not replace a reference. */
export function placeReferences(text: string): { command: string; values: readonly PlacedValue[] } {
  const reader = new ShellReader();
  const values: PlacedValue[] = [];
  let command = '';
  const parts = [...splitTemplate(text)];
  for (const [place, part] of parts.entries()) {
    if (part.is === 'text') {
      reader.read(part.text);
      command += part.text;
      continue;
    }
    const where = reader.where();
    const variable = `DP_ARG_${values.length + 1}`;
    if (where === 'literal') {
      throw new ExpressionProblem(
        'a here-document with a quoted delimiter replaces no variables; remove the quotes, or put the value into a variable before',
        { start: part.start - 2, end: part.start + part.source.length + 1 },
      );
    }
    const remedy = reader.nestedRemedy();
    if (remedy !== undefined)
      throw new ExpressionProblem(
        `another shell would parse the value as a part of its program; ${remedy}`,
        { start: part.start - 2, end: part.start + part.source.length + 1 },
      );
    const next = parts[place + 1];
    const only =
      where === 'arithmetic' ? 'number' : reader.safeValue(next?.is === 'text' ? next.text : '');
    values.push({ variable, source: part.source, only });
    command += REFERENCE[where](variable);
    reader.readWord();
  }
  return { command, values };
}

const REFERENCE: Record<Exclude<QuotingContext, 'literal'>, (variable: string) => string> = {
  plain: (variable) => `"\${${variable}}"`,
  quoted: (variable) => `\${${variable}}`,
  single: (variable) => `'"\${${variable}}"'`,
  ansi: (variable) => `'"\${${variable}}"$'`,
  arithmetic: (variable) => `\${${variable}}`,
};

function valueFor({ variable, expression, only }: CompiledValue, names: Names): string {
  const value = asText(expression, names);
  const refuse = (why: string): never => {
    throw notEvaluated(expression.source, why);
  };
  if (only !== undefined && !SAFE[only].test(value)) refuse(UNSAFE[only]);
  if (value.includes('\0')) refuse('a command cannot take text with a null character');
  if (Buffer.byteLength(value) + variable.length + 2 > MAX_VARIABLE_BYTES)
    refuse(
      `a command takes at most ${MAX_VARIABLE_BYTES / 1024} KiB; write the value to a file in a task, and give its path`,
    );
  return value;
}

const SAFE: Readonly<Record<SafeValue, RegExp>> = { number: /^-?\d+$/, name: /^[A-Za-z_]\w*$/ };
const UNSAFE: Readonly<Record<SafeValue, string>> = {
  number:
    'inside $((…)), a subscript, a shell ${…}, `let`, `declare -i` or beside `-eq` only a whole number is safe',
  name: 'where a shell takes the name of a variable only a name is safe',
};
