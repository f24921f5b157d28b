import { quoted } from '../registry/types/type-text.ts';
import type { CheckSubject } from './check-subject.ts';

/** One call as text, with the subjects of its parts; offsets from its beginning. */
export class CallText {
  readonly spots: { readonly start: number; end: number; readonly subject: CheckSubject }[] = [];
  text = '';

  write(text: string): void {
    this.text += text;
  }

  spot(subject: CheckSubject, write: () => void): void {
    const spot = { start: this.text.length, end: 0, subject };
    this.spots.push(spot);
    write();
    spot.end = this.text.length;
  }

  argument(parameter: string, subject: CheckSubject, expression: string): void {
    this.spot(subject, () => this.write(`${propertyKey(parameter)}: ${expression}`));
    this.write(',\n');
  }
}

/** Returns a computed key where a plain key would set the prototype. */
export const propertyKey = (name: string): string =>
  name === '__proto__' ? `[${quoted(name)}]` : quoted(name);
