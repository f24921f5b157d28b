/** HTML that is safe by construction: a template escapes every value that no template made. */
import { stripVTControlCharacters } from 'node:util';
import { harmless } from '../console/terminal.ts';

/** Text that is HTML already, and is not escaped again. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type TemplateValue = Markup | string | number | undefined | readonly Markup[];

/** Leaves out undefined values, and the indentation of the template itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly TemplateValue[]): Markup {
  let text = '';
  for (const [index, string] of strings.entries())
    text += string.replaceAll(/\n\s*/g, '\n') + textOf(parts[index]);
  return new Markup(text);
}

function textOf(part: TemplateValue): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('');
  return escaped(String(part));
}

/** Drops colour codes, which mean nothing here, and shows other control characters, which HTML may not contain. */
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
