import { text } from 'node:stream/consumers';
import { publishEvent } from '../../app/events/publish.ts';
import { openState } from '../../app/project/state.ts';
import { Fault } from '../../model/fault.ts';
import { isoTime, document } from '../../views/json.ts';
import type { CommandContext } from '../console/context.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { projectRoot } from '../console/state.ts';

/** Publishes an event that belongs to no run. `word` is its data as JSON, or - for standard input; absent: it has no data. */
export async function publish(
  context: CommandContext,
  _options: unknown,
  topic: string,
  word?: string,
): Promise<ExitCode> {
  const { terminal, json, caller } = context;
  const written = word === '-' ? await text(process.stdin) : word;
  const data = written === undefined ? undefined : jsonFrom(written, word === '-');
  using state = openState(projectRoot(context), caller, { readOnly: false });
  const { position, event } = publishEvent({ ...state, clock: caller.clock }, topic, data);
  const { id, time } = event;
  terminal.out(
    json
      ? document({ position, id, topic, time: isoTime(time) })
      : `published ${topic} as event ${position}\n`,
  );
  return EXIT.ok;
}

function jsonFrom(written: string, isInput: boolean): unknown {
  try {
    return JSON.parse(written);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const what = isInput ? 'standard input' : 'the data of the event';
    throw new Fault('DP2001', `${what} is no JSON: ${cause.message}`, {
      cause,
      hint: `write JSON, such as '{"rows": 3}'; a text has quotes of its own: '"done"'`,
    });
  }
}
