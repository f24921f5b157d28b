/** Differences as sentences. */
import type { Difference } from '../model/difference.ts';
import { impossible } from '../model/fault.ts';
import type { Json } from '../model/json.ts';

/** Characters shown of a value; `--json` has all. */
const VALUE_SHOWN = 60;
const DIGEST_SHOWN = 8;

export function differenceText({ part, name, before, after }: Difference): string {
  switch (part) {
    case 'task':
      return isThere(before) ? 'it is gone' : 'it was not part of that run';
    case 'file':
      return changed(`file ${name}`, before, after, digestText);
    case 'stat':
      return `the size or the time of ${name} changed`;
    case 'presence':
      return after === true ? `${name} is there now` : `${name} is gone`;
    case 'link':
      return changed(`the link ${name}`, before, after, textOf);
    case 'folder':
      return `the names in ${name} changed`;
    case 'lock_file':
      return changed('the lock file', before, after, digestText);
    case 'code':
      return changed('its code', before, after, digestText);
    case 'input':
      if (!isThere(before)) return `${name} gave no result then, and does now`;
      if (!isThere(after)) return `${name} gave a result then, and does not now`;
      return changed(`the result of ${name}`, before, after, digestText);
    case 'upstream':
      return `the definition of ${name}, or of a task upstream of it, changed`;
    case 'compile_options':
      return `compile options: ${valueText(before)} → ${valueText(after)}`;
    case 'node':
      return `Node ${valueText(before)} → ${valueText(after)}`;
    case 'env':
      return envText(name, before, after);
    case 'edge':
      return changed(`the edge from ${name}`, before, after, textOf);
    case 'param':
      return ofValue(`parameter ${name}`, before, after);
    case 'definition':
      return ofValue(name, before, after);
    default:
      return impossible(part);
  }
}

function changed(
  what: string,
  before: Json | undefined,
  after: Json | undefined,
  show: (value: Json) => string,
): string {
  if (!isThere(before)) return `${what} is new (${isThere(after) ? show(after) : ''})`;
  if (!isThere(after)) return `${what} is gone (${show(before)})`;
  return `${what} changed (${show(before)} → ${show(after)})`;
}

function ofValue(what: string, before: Json | undefined, after: Json | undefined): string {
  if (before === undefined) return `${what} is new: ${valueText(after)}`;
  if (after === undefined) return `${what} is gone: ${valueText(before)}`;
  return `${what}: ${valueText(before)} → ${valueText(after)}`;
}

function envText(name: string, before: Json | undefined, after: Json | undefined): string {
  if (before === undefined) return `environment variable ${name} is declared now`;
  if (after === undefined) return `environment variable ${name} is no longer declared`;
  if (before === after) return `environment variable ${name} changed`;
  return `environment variable ${name} is ${after === 'set' ? 'set now' : 'no longer set'}`;
}

/** Null stands for something that a file or project does not have. */
const isThere = (value: Json | undefined): value is Json => value !== undefined && value !== null;

const digestText = (value: Json): string => textOf(value).slice(0, DIGEST_SHOWN);

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

function valueText(value: Json | undefined): string {
  const text = JSON.stringify(value ?? null);
  return text.length > VALUE_SHOWN ? `${text.slice(0, VALUE_SHOWN)}…` : text;
}
