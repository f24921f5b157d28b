/** Reads the calendars of a project. */
import { readFile } from 'node:fs/promises';
import { parseCalendar } from '../../config/calendar-file.ts';
import { Fault } from '../../model/fault.ts';
import type { Calendar } from '../../model/trigger-definition.ts';

/** Throws DP3009 when the file cannot be read, and otherwise a Fault with every diagnostic. */
export async function readCalendar(file: string): Promise<Calendar> {
  const bytes = await readFile(file).catch((cause: Error) => {
    throw new Fault('DP3009', `the calendar cannot be read: ${cause.message}`, { cause });
  });
  const { value: calendar, diagnostics } = await parseCalendar(bytes, file);
  if (calendar === undefined) throw Fault.of(diagnostics);
  return calendar;
}
