/** What daemons and runners do, as JSON and as text. */
import type { ScheduleStatus } from '../../app/scheduling/schedule-status.ts';
import type { Instant } from '../../model/ids.ts';
import { counted, durationText } from '../../views/amounts.ts';
import { isoTime } from '../../views/json.ts';

export function statusJson(status: ScheduleStatus): Readonly<Record<string, unknown>> {
  const { daemons, runners, nextDue, ...rest } = status;
  return {
    daemons: daemons.map(({ owner, since, version, leads, told }) => ({
      pid: owner.pid,
      host: owner.host,
      since: isoTime(since),
      version,
      leads,
      url: told?.['url'] ?? null,
    })),
    ...rest,
    nextDue: nextDue === null ? null : isoTime(nextDue),
    runners: runners.map(({ owner, runs }) => ({ pid: owner.pid, host: owner.host, runs })),
  };
}

export function statusText(status: ScheduleStatus, now: Instant): string {
  const { daemons, runners, triggers, armed, running, queued, nextDue, healthy } = status;
  const lines = daemons.map(
    ({ owner, since, leads }) =>
      `daemon ${owner.pid} on ${owner.host} ${leads ? 'leads' : 'waits'}, for ${durationText(now - since)}`,
  );
  if (daemons.length === 0) lines.push('no daemon runs');
  for (const { owner, runs } of runners)
    lines.push(`runner ${owner.pid} on ${owner.host} executes ${counted(runs, 'run')}`);
  lines.push(
    `${counted(triggers, 'trigger')}, ${armed} armed, ${counted(running, 'run')} running, ${queued} queued`,
  );
  if (nextDue !== null) lines.push(`next tick at ${isoTime(nextDue)}`);
  const { oldestDueUnstartedMs: overdue } = status;
  if (overdue > 0) lines.push(`the oldest due tick or run has waited for ${durationText(overdue)}`);
  lines.push(healthy ? 'healthy' : 'not healthy');
  return `${lines.join('\n')}\n`;
}
