import { parseCron } from '../model/cron.ts';
import { Fault } from '../model/fault.ts';
import { isTimeZone } from '../model/time-zone.ts';
import { LAST_INSTANT } from '../model/ids.ts';
import { due } from './due.ts';
import type { NextInstant } from './on-time.ts';

/** Throws DP1010 for a bad expression or an unknown zone. */
export function nextCronInstant(cron: string, timezone: string): NextInstant {
  const parsed = parseCron(cron);
  if ('problem' in parsed)
    throw new Fault(
      'DP1010',
      `bad cron expression ${JSON.stringify(cron)}: ${parsed.problem}`,
      parsed.hint === undefined ? {} : { hint: parsed.hint },
    );
  if (!isTimeZone(timezone))
    throw new Fault('DP1010', `unknown time zone ${JSON.stringify(timezone)}`, {
      hint: 'write an IANA name such as Europe/Berlin or UTC',
    });
  const dst = { gap: 'run_after', fold: 'first' } as const;
  // The calendar has an end; a timer never waits until then.
  return (from) =>
    due({ cron: parsed, timezone, dst }, { from, to: LAST_INSTANT }).next().value ?? LAST_INSTANT;
}
