import type { RecordedEvent } from '../../model/event.ts';
import { Fault } from '../../model/fault.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { patternProblem, topicMatches } from '../../model/topic.ts';
import type { CommandContext } from '../console/context.ts';
import { follow } from '../following/follow.ts';
import { eventJson, isoTime } from '../../views/json.ts';
import { findRun } from '../../app/project/find-run.ts';
import { openForReading } from '../console/state.ts';
import { harmless, type Terminal } from '../console/terminal.ts';

export interface EventsOptions {
  readonly topic?: string;
  readonly follow?: boolean;
}

/** Prints one line per event. With `--json` each line is a document of its own, as a run may have millions of events. */
export async function events(
  context: CommandContext,
  options: EventsOptions,
  word: string,
): Promise<ExitCode> {
  const { topic } = options;
  const problem = topic === undefined ? undefined : patternProblem(topic);
  if (problem !== undefined) throw new Fault('DP2001', `the pattern "${topic}" ${problem}`);
  using state = openForReading(context);
  const runId = findRun(state, word);
  const tell = async (event: RecordedEvent, seq: number): Promise<void> => {
    if (topic !== undefined && !topicMatches(topic, event.topic)) return;
    const text = context.json
      ? JSON.stringify(eventJson(event, seq))
      : eventText(event, seq, context.terminal);
    await context.terminal.outAndDrain(`${text}\n`);
  };
  if (options.follow === true) return await follow(context, state, runId, { event: tell });
  for (const { seq, event } of state.store.read(runId)) await tell(event, seq);
  return EXIT.ok;
}

function eventText(event: RecordedEvent, seq: number, terminal: Terminal): string {
  const about = [
    event.task,
    event.element === undefined ? undefined : `[${event.element}]`,
    event.attempt === undefined ? undefined : `#${event.attempt}`,
  ]
    .filter((part) => part !== undefined)
    .join('');
  const data = terminal.paint('dim', harmless(JSON.stringify(event.data)));
  return `${String(seq).padStart(5)}  ${isoTime(event.time)}  ${event.topic.padEnd(24)} ${about.padEnd(16)} ${data}`;
}
