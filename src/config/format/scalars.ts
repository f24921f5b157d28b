/** The kinds of single values, as a pipeline file reads them. */
import * as kinds from '../../model/scalar-kinds.ts';
import { type Kind, plain } from './kinds.ts';

export const flag = plain(kinds.flag);

export const text = (...given: Parameters<typeof kinds.text>): Kind<string> =>
  plain(kinds.text(...given));

export const number = (...given: Parameters<typeof kinds.number>): Kind<number> =>
  plain(kinds.number(...given));

export const duration = (...given: Parameters<typeof kinds.duration>): Kind<number> =>
  plain(kinds.duration(...given));

export const choice = <const T extends string>(values: readonly T[]): Kind<T> =>
  plain(kinds.choice(values));
