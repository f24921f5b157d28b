import { topicMatches } from '../../app.ts';
import { EXIT, Fault, type ExitCode } from '../../model/fault.ts';
import { patternProblem } from '../../model/topic.ts';
import type { CommandContext } from '../context.ts';
import { eventJson, isoTime } from '../json.ts';
import { findRun, openForReading } from '../state.ts';
import { harmless } from '../terminal.ts';

export interface EventsOptions {
  readonly topic?: string;
}

/** With `--json`, a JSON document a line: a run may have millions of events. */
export async function events(
  context: CommandContext,
  { topic }: EventsOptions,
  word: string,
): Promise<ExitCode> {
  const problem = topic === undefined ? undefined : patternProblem(topic);
  if (problem !== undefined) throw new Fault('DP2001', `the pattern "${topic}" ${problem}`);
  using state = openForReading(context);
  for (const { seq, event } of state.store.read(findRun(state, word))) {
    if (topic !== undefined && !topicMatches(topic, event.topic)) continue;
    const about = [
      event.task,
      event.element === undefined ? undefined : `[${event.element}]`,
      event.attempt === undefined ? undefined : `#${event.attempt}`,
    ]
      .filter((part) => part !== undefined)
      .join('');
    const text = context.json
      ? JSON.stringify(eventJson(event, seq))
      : `${String(seq).padStart(5)}  ${isoTime(event.time)}  ${event.topic.padEnd(24)} ${about.padEnd(16)} ${context.terminal.paint('dim', harmless(JSON.stringify(event.data)))}`;
    await context.terminal.outAndDrain(`${text}\n`);
  }
  return EXIT.ok;
}
