/** Diagnostics as workflow commands, which GitHub shows beside the lines of a change. */
import { relative } from 'node:path';
import type { Diagnostic, Place } from '../../model/diagnostic.ts';
import { harmless } from '../console/terminal.ts';
import { hintText } from './hint.ts';

/** `base`: the folder of the checkout, which GitHub's paths are relative to; standard input has no place there. */
export function githubText(diagnostics: readonly Diagnostic[], base: string): string {
  return diagnostics.map((diagnostic) => command(diagnostic, base)).join('');
}

function command({ code, severity, message, at, hint, related }: Diagnostic, base: string): string {
  const properties = {
    ...(at === undefined || at.file.startsWith('<') ? {} : extent(at, base)),
    title: `dp ${code}`,
  };
  const written = Object.entries(properties).map(
    ([key, value]) =>
      `${key}=${escaped(harmless(value)).replaceAll(':', '%3A').replaceAll(',', '%2C')}`,
  );
  const notes = (related ?? []).map(
    ({ message: note, at: { file, line, column } }) =>
      `${note}: ${relative(base, file)}:${line}:${column}`,
  );
  const text = [message, ...notes, ...(hint === undefined ? [] : [`hint: ${hintText(hint)}`])].join(
    '\n',
  );
  return `::${severity} ${written.join(',')}::${escaped(harmless(text))}\n`;
}

function extent({ file, line, column, end }: Place, base: string): Record<string, string> {
  const start = { file: relative(base, file), line: String(line), col: String(column) };
  if (end === undefined) return start;
  const endLine = { endLine: String(end.line) };
  return end.line === line
    ? { ...start, ...endLine, endColumn: String(end.column) }
    : { ...start, ...endLine };
}

const escaped = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
