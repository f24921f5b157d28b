/** The exchange of events that a project asks for, as long as whoever calls it lives: an engine, and later the daemon. */
import type { Fault } from '../../model/fault.ts';
import { thisProcess } from '../../store/process-identity.ts';
import type { RunStore } from '../../store/run-store.ts';
import type { CallerContext } from '../project/caller-context.ts';
import { type Exchange, startExchange } from './exchange.ts';
import { brokerOf } from './project-broker.ts';

export interface ProjectExchangeParts {
  readonly caller: CallerContext;
  readonly store: Pick<RunStore, 'bus' | 'links'>;
  readonly report: (fault: Fault) => void;
}

/** Returns undefined when the project names no broker. */
export function startProjectExchange(
  root: string,
  { caller, store: { bus, links }, report }: ProjectExchangeParts,
): Exchange | undefined {
  const broker = brokerOf(root, caller);
  if (broker === undefined || links === undefined) return undefined;
  return startExchange(broker, {
    bus,
    links,
    clock: caller.clock,
    owner: thisProcess(),
    open: async ({ address, schemas, folder }, hears) => {
      const { openBroker } = await import('../../events/open.ts');
      return await openBroker(address, { report: hears, schemas, folder });
    },
    report,
  });
}
