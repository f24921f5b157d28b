/** The instants of a cron expression in a time zone. Import this module only where it is needed: it loads the parser. */
import { CronExpressionParser } from 'cron-parser';
import { parseCron } from '../model/cron.ts';
import { Fault } from '../model/fault.ts';
import { isTimeZone } from '../model/time-zone.ts';
import type { NextInstant } from './due.ts';

/** Throws DP1010 for a bad expression or an unknown zone. */
export function nextCronInstant(cron: string, timezone: string): NextInstant {
  const parsed = parseCron(cron);
  if ('problem' in parsed)
    throw new Fault('DP1010', `bad cron expression ${JSON.stringify(cron)}: ${parsed.problem}`);
  if (!isTimeZone(timezone))
    throw new Fault('DP1010', `unknown time zone ${JSON.stringify(timezone)}`, {
      hint: 'write an IANA name such as Europe/Berlin or UTC',
    });
  return (after) =>
    CronExpressionParser.parse(cron, { tz: timezone, currentDate: new Date(after) })
      .next()
      .getTime();
}
