import type { Sql } from './database.ts';

/** Returns what contradicts what in the tables, such as `3 outcomes that no event tells`; empty when all agree. */
export function contradictionsIn(sql: Sql): string[] {
  return CONTRADICTIONS.flatMap(({ count, tell }) => {
    const found = Number(sql(count).get()?.['n']);
    return found === 0 ? [] : [tell(found)];
  });
}

const KNOWN = '(SELECT n FROM runs UNION ALL SELECT run FROM removed_runs)';

const CONTRADICTIONS: readonly { count: string; tell: (found: number) => string }[] = [
  {
    count: `SELECT count(*) AS n FROM (SELECT DISTINCT run FROM events) WHERE run NOT IN ${KNOWN}`,
    tell: (found) => `events of ${found} runs that are not on record`,
  },
  {
    count: 'SELECT count(*) AS n FROM requests WHERE run NOT IN (SELECT n FROM runs)',
    tell: (found) => `${found} requests of runs that are not on record`,
  },
  {
    count: `SELECT count(*) AS n FROM outcomes WHERE run NOT IN ${KNOWN} OR (
        run IN (SELECT n FROM runs) AND NOT EXISTS (SELECT 1 FROM events
        WHERE events.run = outcomes.run AND events.seq = outcomes.seq AND events.task = outcomes.task))`,
    tell: (found) => `${found} outcomes that no event tells`,
  },
  {
    count:
      'SELECT count(*) AS n FROM published_events WHERE position NOT IN (SELECT last FROM event_batches WHERE run IS NULL)',
    tell: (found) => `${found} published events without a place in the order`,
  },
  {
    count: `SELECT count(*) AS n FROM queued_runs WHERE run NOT IN
        (SELECT n FROM runs WHERE status = 'queued' AND plan_id = '')`,
    tell: (found) => `${found} runs in the queue that do not wait to begin`,
  },
  {
    count: `SELECT count(*) AS n FROM runs WHERE status = 'queued' AND plan_id = ''
        AND n NOT IN (SELECT run FROM queued_runs)`,
    tell: (found) => `${found} queued runs that are not in the queue`,
  },
  {
    count: 'SELECT count(DISTINCT run) AS n FROM lanes WHERE run NOT IN (SELECT n FROM runs)',
    tell: (found) => `lanes of ${found} runs that are not on record`,
  },
];
