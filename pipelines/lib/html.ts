/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

type Part = string | number | Html | readonly Html[];

/** Markup from a template: texts put into it are escaped, Html is kept. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: String.raw({ raw: strings }, ...parts.map(markup)) };
}

function markup(part: Part): string {
  if (typeof part === 'object') return 'html' in part ? part.html : part.map(markup).join('\n');
  return String(part).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
