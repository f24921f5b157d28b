/** Diagnostics as text: what is wrong, where with the line and a caret, and how to mend it. */
import { readFileSync, statSync } from 'node:fs';
import { type Diagnostic, type Place, placeText as placeIn } from '../../model/diagnostic.ts';
import { harmless, type Terminal } from '../console/terminal.ts';
import { hintText } from './hint.ts';

/** Diagnostics shown; more of the same say nothing new. */
const SHOWN = 50;
/** Characters shown of a source line. */
const WIDEST = 160;

export function diagnosticsText(diagnostics: readonly Diagnostic[], terminal: Terminal): string {
  const sources = new Map<string, readonly string[]>();
  const shown = diagnostics
    .slice(0, SHOWN)
    .map((diagnostic) => diagnosticText(diagnostic, terminal, sources));
  const left = diagnostics.length - SHOWN;
  if (left > 0) shown.push(`… and ${left} more\n`);
  return shown.join('\n');
}

function diagnosticText(
  diagnostic: Diagnostic,
  terminal: Terminal,
  sources: Map<string, readonly string[]>,
): string {
  const { code, severity, message, at, hint, related } = diagnostic;
  const colour = severity === 'error' ? 'red' : 'yellow';
  let text = `${terminal.paint(colour, severity)} ${terminal.paint('dim', code)}: ${terminal.paint('bold', harmless(message))}\n`;
  if (at !== undefined) text += excerpt(at, terminal, sources);
  for (const { message: note, at: place } of related ?? []) {
    // The first line names both ends of an edge already.
    if (message.includes(placeText(place))) continue;
    text += `  ${terminal.paint('dim', '::')} ${harmless(note)}: ${placeText(place)}\n`;
  }
  if (hint !== undefined)
    text += `  ${terminal.paint('cyan', 'hint')}: ${harmless(hintText(hint))}\n`;
  return text;
}

/** Returns the place, relative to the working directory. */
export const placeText = (place: Place): string => harmless(placeIn(place, process.cwd()));

function excerpt(at: Place, terminal: Terminal, sources: Map<string, readonly string[]>): string {
  const head = `  ${terminal.paint('dim', '-->')} ${placeText(at)}\n`;
  const line = linesOf(at.file, sources)[at.line - 1];
  if (line === undefined) return head;
  const from = Math.max(0, at.column - 1 - WIDEST / 2);
  const visible = line.slice(from, from + WIDEST);
  const start = at.column - 1 - from;
  const end =
    at.end !== undefined && at.end.line === at.line ? at.end.column - 1 - from : start + 1;
  const margin = ' '.repeat(String(at.line).length);
  const caret =
    ' '.repeat(Math.max(0, start)) + '^'.repeat(Math.max(1, Math.min(end, visible.length) - start));
  // Tabs would move the caret away from its place.
  const shown = harmless(visible).replaceAll('\t', ' ');
  const bar = terminal.paint('dim', '|');
  return `${head} ${margin} ${bar}\n ${terminal.paint('dim', String(at.line))} ${bar} ${shown}\n ${margin} ${bar} ${terminal.paint('red', caret)}\n`;
}

function linesOf(file: string, sources: Map<string, readonly string[]>): readonly string[] {
  let lines = sources.get(file);
  if (lines === undefined) {
    try {
      // A pipe or a device gives its text once, or for ever.
      lines = statSync(file).isFile() ? readFileSync(file, 'utf8').split(/\r?\n/) : [];
    } catch {
      // The file may be gone, or be standard input; the place is printed without its line.
      lines = [];
    }
    sources.set(file, lines);
  }
  return lines;
}
