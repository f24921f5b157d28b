/** The bytes of a calendar file come in; the dates that it holds go out, or every mistake with its place. */
import { type Diagnostic, hasErrors } from '../model/diagnostic.ts';
import { parseMoment } from '../model/moment.ts';
import type { Calendar } from '../model/trigger-definition.ts';
import { oneOrMore, record } from './format/collections.ts';
import { wrong } from './format/kinds.ts';
import { choice, text } from './format/scalars.ts';
import { Report } from './yaml/report.ts';
import { decodeSource, SourceText } from './yaml/source.ts';
import { readYaml } from './yaml.ts';

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

/** `file` is absolute. The calendar is present exactly when no diagnostic is an error. */
export async function parseCalendar(
  bytes: Uint8Array,
  file: string,
): Promise<{
  readonly calendar: Calendar | undefined;
  readonly diagnostics: readonly Diagnostic[];
}> {
  const source = decodeSource(bytes, file);
  if (!(source instanceof SourceText)) return { calendar: undefined, diagnostics: [source] };
  const report = new Report(source);
  const root = await readYaml(report);
  const read =
    root === undefined || root.is === 'map'
      ? root && CALENDAR_FILE.read(root, '', report)
      : wrong({ node: root, path: '', report }, CALENDAR_FILE.expected);
  const { diagnostics } = report;
  if (read === undefined || hasErrors(diagnostics)) return { calendar: undefined, diagnostics };
  const { weekdays, include, exclude } = read;
  return {
    calendar: {
      weekdays: (weekdays?.value.map(({ value }) => value) ?? WEEKDAYS).map(
        (day) => WEEKDAYS.indexOf(day) + 1,
      ),
      include: include?.value.map(({ value }) => value) ?? [],
      exclude: exclude?.value.map(({ value }) => value) ?? [],
    },
    diagnostics,
  };
}
