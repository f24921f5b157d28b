/** The grammar of paths in expressions: `params.year`, `tasks["my-task"].output.rows[0]`. */

export interface Path {
  /** The first part is the name of the root. */
  readonly parts: readonly (string | number)[];
  /** Offset of the path in the text, without the blanks around it. */
  readonly start: number;
  readonly end: number;
}

/** Returns undefined for a text that is more than a path. */
export function readPath(text: string): Path | undefined {
  const [root, name = ''] = ROOT.exec(text) ?? [];
  if (root === undefined) return undefined;
  const parts: (string | number)[] = [name];
  let end = root.length;
  for (const [segment, field, double, single, index] of text.slice(end).matchAll(SEGMENT)) {
    parts.push(index === undefined ? (field ?? double ?? single ?? '') : Number(index));
    end += segment.length;
  }
  if (text.slice(end).trim() !== '') return undefined;
  return { parts, start: text.length - text.trimStart().length, end };
}

/** Returns the names before the first index: the part of a path that is known before it is evaluated. */
export function knownNames({ parts }: Path): readonly string[] {
  const firstIndex = parts.findIndex((part) => typeof part === 'number');
  return parts.slice(0, firstIndex === -1 ? parts.length : firstIndex).map(String);
}

const ROOT = /^\s*([A-Za-z_]\w*)/;
const SEGMENT = /\s*\.\s*([A-Za-z_]\w*)|\s*\[\s*(?:"([^"\\]*)"|'([^'\\]*)'|(\d{1,9}))\s*\]/gy;
