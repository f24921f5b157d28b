/** The broker with which a project exchanges events. */
import type { EventSettings } from '../../config/project-file.ts';
import { withoutPassword } from '../../events/broker-url.ts';
import type { CallerContext } from '../project/caller-context.ts';

/** `address` may hold a password, `name` does not: it stands for the broker in the state. */
export interface ProjectBroker extends Omit<EventSettings, 'broker'> {
  readonly address: string;
  readonly name: string;
}

/** Returns undefined when there is none. `DP_EVENTS_BROKER` beats the address in `dp.yaml`. */
export function brokerOf(
  root: string,
  { projects, env }: Pick<CallerContext, 'projects' | 'env'>,
): ProjectBroker | undefined {
  const { broker, ...settings } = projects?.get(root)?.events ?? NOTHING_SAID;
  const given = env['DP_EVENTS_BROKER'];
  const address = given === undefined || given === '' ? broker?.value : given;
  if (address === undefined || address.trim().toLowerCase() === 'memory') return undefined;
  return { folder: root, ...settings, address, name: withoutPassword(address) };
}

const NOTHING_SAID: Omit<EventSettings, 'broker' | 'folder'> & Partial<EventSettings> = {
  forward: [],
  receive: undefined,
  schemas: {},
};
