/** One event as one line; undefined for events that say nothing new to a reader. */
import type { RecordedEvent, WaitRecord } from '../../model/event.ts';
import type { RunId } from '../../model/ids.ts';
import { reasonIn } from '../../model/recorded-reason.ts';
import { harmless, type Terminal } from '../console/terminal.ts';
import { errorText } from './error.ts';
import { durationText } from '../../views/amounts.ts';
import { reasonText } from '../../views/reasons.ts';

export function eventLine(
  event: RecordedEvent,
  terminal: Terminal,
  options: { readonly quiet: boolean },
): string | undefined {
  // A list may be thousands long: of its elements only failures are worth a line.
  const quiet = options.quiet || event.element !== undefined;
  const name = event.element === undefined ? `${event.task}` : `${event.task}[${event.element}]`;
  const lifecycle = event as Extract<RecordedEvent, { topic: `run.${string}` }>;
  switch (lifecycle.topic) {
    case 'run.started':
      return `${terminal.paint('bold', 'run')} ${event.runId} of ${lifecycle.data.pipeline}: ${lifecycle.data.tasks} tasks`;
    case 'run.resumed':
      return `${terminal.paint('bold', 'run')} ${event.runId} resumed`;
    case 'run.stopping': {
      const { data } = lifecycle;
      return `${terminal.paint('yellow', 'stopping ')} ${harmless(reasonText(reasonIn(data)))}: running tasks have ${durationText(data.graceMs)} to end`;
    }
    case 'run.task.started':
      return quiet
        ? undefined
        : `${terminal.paint('dim', 'start    ')} ${name}${(event.attempt ?? 1) > 1 ? ` (attempt ${event.attempt})` : ''}${childText(lifecycle.data.childRunId)}${waitText(lifecycle.data.wait)}`;
    case 'run.task.succeeded':
      return quiet
        ? undefined
        : `${terminal.paint('green', 'succeeded')} ${name} in ${durationText(lifecycle.data.durationMs)}`;
    case 'run.task.cached':
      return quiet
        ? undefined
        : `${terminal.paint('cyan', 'cached   ')} ${name} from run ${lifecycle.data.fromRun}`;
    case 'run.task.retrying':
      return `${terminal.paint('yellow', 'retrying ')} ${name} in ${durationText(lifecycle.data.delayMs)}: ${errorText(lifecycle.data.error)}`;
    case 'run.task.failed':
      return `${terminal.paint('red', lifecycle.data.reason === 'crashed' ? 'crashed  ' : 'failed   ')} ${name}: ${errorText(lifecycle.data.error)}`;
    case 'run.task.timed_out':
      return `${terminal.paint('red', 'timed out')} ${name}: ${errorText(lifecycle.data.error)}`;
    case 'run.task.skipped':
      return quiet
        ? undefined
        : `${terminal.paint('dim', 'skipped  ')} ${name}: ${harmless(reasonText(reasonIn(lifecycle.data)))}`;
    case 'run.task.upstream_failed':
      return quiet
        ? undefined
        : `${terminal.paint('dim', 'not run  ')} ${name}: ${reasonText({ is: 'upstream_failed', ...lifecycle.data })}`;
    case 'run.task.cancelled':
      return quiet ? undefined : `${terminal.paint('dim', 'cancelled')} ${name}`;
    default:
      return undefined;
  }
}

const childText = (childRunId: RunId | undefined): string =>
  childRunId === undefined ? '' : `: run ${childRunId}`;

const waitText = (wait: WaitRecord | undefined): string =>
  wait === undefined ? '' : `: waits for ${harmless(wait.event)}`;
