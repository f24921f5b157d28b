/** The kinds of single values, as a pipeline file reads them. */
import { parseInstant, parseMoment } from '../../model/moment.ts';
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

export const instant = text(
  'an instant with its offset, such as 2026-12-24T18:00:00+09:00',
  { format: 'date-time' },
  (written) => parseInstant(written) !== undefined,
);

export const moment = text(
  'a date, such as 2026-12-24, or an instant with its offset, such as 2026-12-24T18:00:00+09:00',
  {},
  (written) => parseMoment(written, 'UTC') !== undefined,
);
