/** The types of topics, held by the compiler: this file runs nowhere. */
import type { EventOf, Matches } from '../../src/events/topic-types.ts';
import { expectTypeOf } from 'vitest';
import { createBroker, type Event, type RunTopics } from 'dp';

interface Shop {
  'order.placed': { readonly order: string; readonly total: number };
  'order.item.added': { readonly item: string };
  'stock.item.added': number;
  order: null;
}
type Topics<Pattern extends string> = EventOf<Shop, Pattern>['topic'];

expectTypeOf<Topics<'order.placed'>>().toEqualTypeOf<'order.placed'>();
expectTypeOf<Topics<'order.*'>>().toEqualTypeOf<'order.placed'>();
expectTypeOf<Topics<'order.**'>>().toEqualTypeOf<'order' | 'order.placed' | 'order.item.added'>();
expectTypeOf<Topics<'*.item.*'>>().toEqualTypeOf<'order.item.added' | 'stock.item.added'>();
expectTypeOf<Topics<'**.added'>>().toEqualTypeOf<'order.item.added' | 'stock.item.added'>();
expectTypeOf<Topics<'**.item.**'>>().toEqualTypeOf<'order.item.added' | 'stock.item.added'>();
expectTypeOf<Topics<'*'>>().toEqualTypeOf<'order'>();
expectTypeOf<Topics<'**'>>().toEqualTypeOf<keyof Shop>();
expectTypeOf<Topics<'**.**'>>().toEqualTypeOf<keyof Shop>();
expectTypeOf<EventOf<Shop, 'order.plced'>>().toEqualTypeOf<never>();
expectTypeOf<Topics<string>>().toEqualTypeOf<keyof Shop>();

expectTypeOf<Matches<'a.**.b', 'a.b'>>().toEqualTypeOf<true>();
expectTypeOf<Matches<'a.**.b', 'a.x.y.b'>>().toEqualTypeOf<true>();
expectTypeOf<Matches<'a.**.b', 'a.x.y'>>().toEqualTypeOf<false>();
expectTypeOf<Matches<'a.*.b', 'a.b'>>().toEqualTypeOf<false>();
expectTypeOf<Matches<'**.a.**.a', 'a.b.a'>>().toEqualTypeOf<true>();
expectTypeOf<Matches<'a', 'a.b'>>().toEqualTypeOf<false>();

const broker = createBroker<Shop & RunTopics & { [row: `rows.${string}.arrived`]: number[] }>();
void broker.publish('order.placed', { order: 'a', total: 1 });
void broker.publish('rows.flights.arrived', [1]);
// @ts-expect-error -- the topic is not declared
void broker.publish('order.plced', { order: 'a', total: 1 });
// @ts-expect-error -- the data is not that of the topic
void broker.publish('order.placed', { order: 1, total: 1 });
// @ts-expect-error -- a topic without data still has null
void broker.publish('order');

for await (const event of broker.subscribe('order.*'))
  expectTypeOf(event.data.total).toEqualTypeOf<number>();
for await (const event of broker.subscribe('*.item.added')) {
  expectTypeOf(event.data).toEqualTypeOf<number | { readonly item: string }>();
  if (event.topic === 'stock.item.added') expectTypeOf(event.data).toEqualTypeOf<number>();
}
for await (const event of broker.subscribe('rows.*.arrived'))
  expectTypeOf(event.data).toEqualTypeOf<number[]>();
for await (const event of broker.subscribe('run.task.failed')) void event.data.error.message;
// @ts-expect-error -- a misspelt pattern matches nothing, so its events have no data
for await (const event of broker.subscribe('order.plced')) void event.data;

const anything = createBroker();
void anything.publish('any.topic', { of: ['data'] });
for await (const event of anything.subscribe('any.*'))
  expectTypeOf(event.data).toEqualTypeOf<unknown>();
void anything.forward({} as Event);
