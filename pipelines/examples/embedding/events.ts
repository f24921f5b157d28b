/** Events: publishers and consumers that know each other by topic, and the type of each topic's data. */
import { createBroker } from 'dp';

interface Row {
  readonly station: string;
  readonly celsius: number;
}

await using broker = createBroker<{
  'data.station.arrived': Row;
  'data.station.missing': { readonly station: string };
  'report.written': string;
}>();

using everything = broker.subscribe('**');
// The pattern can match the first topic only, so the data is a Row.
using arrivals = broker.subscribe('data.*.arrived');

await broker.publish('data.station.arrived', { station: 'Oslo', celsius: 11.9 });
await broker.publish('data.station.missing', { station: 'Lima' });
await broker.publish('data.station.arrived', { station: 'Seoul', celsius: 15.9 });
await broker.publish('report.written', 'report.html');
await broker.close();

// What subscriptions hold can be read after the broker has closed.
for await (const { data } of arrivals) console.log(`${data.station}: ${data.celsius} °C`);
for await (const event of everything)
  if (event.topic === 'report.written') console.log(`written: ${event.data}`);
