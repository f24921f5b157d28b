import type { EventOf, Topics } from '../events/topic-types.ts';
import type { Consumer } from '../events/typed-broker.ts';
import type { Trigger } from './trigger.ts';

/** Fires at each event whose topic matches, one after the other. Publishers wait when many are waiting, so none is lost. */
export function eventTrigger<T extends object = Topics, const P extends string = string>(
  consumer: Consumer<T>,
  pattern: P,
): Trigger<EventOf<T, P>> {
  return {
    start: ({ signal, fire, failed }) => {
      const subscription = consumer.subscribe(pattern, { signal, overflow: 'block' });
      const listen = async (): Promise<void> => {
        for await (const event of subscription) await fire(event);
      };
      listen().catch(failed);
    },
  };
}
