/** The bytes of a calendar file come in; the dates that it holds go out, or every mistake with its place. */
import { parseMoment } from '../model/moment.ts';
import type { Calendar } from '../model/trigger-definition.ts';
import { readDocument, type ReadDocument } from './document.ts';
import { oneOrMore, record } from './format/collections.ts';
import type { ReadOf } from './format/kinds.ts';
import { choice, text } from './format/scalars.ts';

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const date = text(
  'a date, such as 2026-12-25',
  {},
  (written) => /^\d{4}-\d\d-\d\d$/.test(written) && parseMoment(written, 'UTC') !== undefined,
);

const CALENDAR_FILE = record({
  weekdays: {
    kind: oneOrMore(choice(WEEKDAYS)),
    about: 'Days of the week that the calendar holds. Default: all.',
    example: ['mon', 'tue', 'wed', 'thu', 'fri'],
  },
  include: {
    kind: oneOrMore(date),
    about: 'Dates that it holds whatever their day of the week.',
    example: ['2026-12-05'],
  },
  exclude: {
    kind: oneOrMore(date),
    about: 'Dates that it does not hold.',
    example: ['2026-12-25'],
  },
});

/** `file` is absolute. */
export async function parseCalendar(
  bytes: Uint8Array,
  file: string,
): Promise<ReadDocument<Calendar>> {
  return await readDocument(bytes, file, (root, report) => {
    const read = CALENDAR_FILE.read(root, '', report);
    return read && calendarIn(read);
  });
}

function calendarIn({ weekdays, include, exclude }: ReadOf<typeof CALENDAR_FILE>): Calendar {
  const days = weekdays?.value.map(({ value }) => value) ?? WEEKDAYS;
  return {
    weekdays: days.map((day) => WEEKDAYS.indexOf(day) + 1),
    include: include?.value.map(({ value }) => value) ?? [],
    exclude: exclude?.value.map(({ value }) => value) ?? [],
  };
}
