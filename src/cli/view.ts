/** Follows a run on the terminal: a live view for a person, plain lines for a pipe. */
import type { Running } from '../app.ts';
import type { RecordedEvent } from '../model/event.ts';
import type { RunId } from '../model/ids.ts';
import type { Plan } from '../model/plan.ts';
import { applyEvent, emptyRun } from '../model/run.ts';
import type { Terminal } from './terminal.ts';
import { LiveView } from './text/live.ts';
import { eventLine } from './text/event-line.ts';

/** Lines that a pipe is given; wider runs say how many they leave out, as the store has them all. */
const QUIET_FROM = 200;

export function followRun(
  plan: Plan,
  running: Running,
  terminal: Terminal,
): { readonly ended: Promise<void> } {
  const events = running.follow('run.**', {
    capacity: 65_536,
    overflow: 'drop_oldest',
  });
  return {
    ended: terminal.isLive
      ? live(plan, running.runId, events, terminal)
      : plain(plan, events, terminal),
  };
}

async function live(
  plan: Plan,
  runId: RunId,
  events: AsyncIterable<RecordedEvent>,
  terminal: Terminal,
): Promise<void> {
  const run = emptyRun(runId);
  using view = new LiveView(plan, run, terminal);
  for await (const event of events) {
    applyEvent(run, event);
    view.changed(event);
  }
}

async function plain(
  plan: Plan,
  events: AsyncIterable<RecordedEvent>,
  terminal: Terminal,
): Promise<void> {
  const quiet = plan.tasks.length >= QUIET_FROM;
  for await (const event of events) {
    const line = eventLine(event, terminal, { quiet });
    if (line !== undefined) terminal.err(`${line}\n`);
  }
}
