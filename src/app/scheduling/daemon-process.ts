/** A daemon as a process: it opens the state, hosts the loop that decides while it leads, starts runners, and closes what it opened. */
import { spawn } from 'node:child_process';
import { every } from '../../lib/clock.ts';
import type { Milliseconds } from '../../model/ids.ts';
import { type SchedulerNews, TickLoop } from '../../scheduler/tick-loop.ts';
import { thisProcess } from '../../store/process-identity.ts';
import { onWake, wake } from '../../store/wake.ts';
import { VERSION } from '../../version.ts';
import { type CallerContext, rootFor } from '../project/caller-context.ts';
import { ignoringFaults } from '../project/ignoring-faults.ts';
import { ownCommand } from '../project/installation.ts';
import { openState } from '../project/state.ts';
import { Bell } from './bell.ts';
import { Daemon, type DaemonNews, type DecidingLoop } from './daemon.ts';
import { type DefinitionNews, DefinitionSource } from './definition-source.ts';
import { RUNNER_COMMAND } from './runner-command.ts';
import { RunnerPool, type RunnerPoolNews, type StartedRunner } from './runner-pool.ts';
import { scheduleSettings } from '../project/schedule-settings.ts';
import { OVERDUE_MS, overdueOf } from './schedule-status.ts';
import { triggerExpressions } from './trigger-expressions.ts';
import { decidingMoment } from './triggers.ts';

export type SchedulingNews = DaemonNews | DefinitionNews | RunnerPoolNews | SchedulerNews;

export interface DaemonProcessOptions {
  readonly caller: CallerContext;
  /** Absolute; none: every pipeline of the project. */
  readonly files: readonly string[];
  /** Aborts when the daemon is to end. What runners execute goes on. */
  readonly stop: AbortSignal;
  /** Called once with a function that reads the definitions again. */
  readonly onReload: (reload: () => void) => void;
  readonly hear: (news: SchedulingNews) => void;
  /** Called after each look that found nothing overdue. */
  readonly progress: () => void;
}

/** Editors write a file in several steps. */
const SETTLING_MS: Milliseconds = 100;

/** Settles when the daemon has ended. */
export async function daemonProcess(options: DaemonProcessOptions): Promise<void> {
  const { caller, stop, hear, progress } = options;
  const { clock } = caller;
  const project = rootFor(caller.cwd, caller);
  const { runners, maxRuns } = scheduleSettings(project, caller);
  using opened = new DisposableStack();
  // A decided tick is on the disk before anything follows from it.
  const { store, folder } = opened.use(
    openState(project, caller, { readOnly: false, durability: 'task' }),
  );
  const { processes } = store;
  const since = clock.now();
  const n = processes.enter({ kind: 'daemon', owner: thisProcess(), since, version: VERSION });
  // A process that is gone leaves the list by itself.
  opened.defer(() => ignoringFaults(() => processes.leave(n)));
  const bell = new Bell(clock);
  const ring = (): void => bell.ring();
  opened.use(onWake(folder, ring));
  // A leader elsewhere begins to beat.
  wake(folder);
  const source = opened.use(new DefinitionSource(options.files, caller, hear));
  const pool = new RunnerPool({
    store,
    clock,
    most: runners,
    start: () => startRunner(caller, folder),
    hear,
    ring,
  });
  const openLoop = (epoch: number): DecidingLoop =>
    new TickLoop({
      ledger: store.ledger,
      bus: store.bus,
      pipelineOf: (run) => store.get(run)?.pipeline,
      clock,
      definitions: () => source.read(),
      expressionsOf: triggerExpressions,
      decider: decidingMoment(caller),
      epoch: () => epoch,
      hear: (news) => {
        hear(news);
        ring();
      },
    });
  const daemon = new Daemon({
    processes,
    n,
    clock,
    bell,
    pool,
    openLoop,
    hasChanged: () => source.hasChanged(),
    hear,
    progress: () => {
      if (overdueOf(store, { now: clock.now(), maxRuns }) < OVERDUE_MS) progress();
    },
  });
  const reload = (): void => daemon.reload();
  options.onReload(reload);
  source.watch(settling(clock, reload));
  await daemon.work(stop);
}

/** Returns a function that calls `act` once things have been quiet for a moment. */
function settling(clock: CallerContext['clock'], act: () => void): () => void {
  let waiting: Disposable | undefined;
  return () => {
    waiting?.[Symbol.dispose]();
    waiting = every(clock, SETTLING_MS, () => {
      waiting?.[Symbol.dispose]();
      act();
    });
  };
}

/** The runner is no child of a terminal: it outlives the daemon, and hears no Ctrl-C. Its log goes where the daemon's goes. */
function startRunner({ cwd, env }: CallerContext, state: string): StartedRunner {
  const { command, args } = ownCommand();
  const child = spawn(command, [...args, RUNNER_COMMAND], {
    cwd,
    env: { ...env, DP_STATE_DIR: state },
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  child.unref();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  child.on('error', () => resolve(false));
  child.on('exit', (code) => resolve(code === 0));
  return { pid: child.pid, ended: promise };
}
