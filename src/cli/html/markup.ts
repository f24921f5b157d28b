/** HTML that is safe by the way it is written: what a template takes in is escaped, unless a template made it. */
import { stripVTControlCharacters } from 'node:util';
import { harmless } from '../console/terminal.ts';

/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | undefined | readonly Markup[];

/** Undefined is left out, and so is the indentation of the template itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = '';
  for (const [index, string] of strings.entries())
    text += string.replaceAll(/\n\s*/g, '\n') + textOf(parts[index]);
  return new Markup(text);
}

function textOf(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('');
  return escaped(String(part));
}

/** Colours that a task printed say nothing here; other control characters are shown, as HTML may not hold them. */
function escaped(text: string): string {
  return harmless(stripVTControlCharacters(text)).replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
