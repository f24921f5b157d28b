/** Scheduler: triggers that publish events, by the clock and by hand. */
import { createBroker, createScheduler, cronTrigger, manualTrigger } from 'dp';

await using broker = createBroker<{ 'reports.daily': { readonly day: string } }>();
await using scheduler = createScheduler({ publisher: broker });

scheduler.register('daily_report', cronTrigger('0 9 * * *', { timezone: 'Asia/Seoul' }), {
  topic: 'reports.daily',
  data: ({ planned }) => ({ day: planned.toISOString().slice(0, 10) }),
});
const byHand = manualTrigger<string>();
scheduler.register('report_again', byHand, { topic: 'reports.daily', data: (day) => ({ day }) });
await scheduler.start();

for (const { name, next } of scheduler.list())
  console.log(
    `${name}: ${next?.toLocaleTimeString('en-GB', { timeZone: 'Asia/Seoul' }) ?? 'by hand'}`,
  );

using reports = broker.subscribe('reports.*');
await byHand.fire('2026-07-01');
for await (const { data } of reports) {
  console.log(`report of ${data.day}`);
  break;
}
