/** Triggers and ticks of the ledger, as JSON and as lines. */
import type { TriggerSummary } from '../../app/scheduling/triggers.ts';
import type { DecidedTick } from '../../model/tick.ts';
import { isoTime } from '../../views/json.ts';
import { runOf, specText, verdictText } from '../../views/tick-words.ts';

export function triggerJson({ definition, state, next, last, pause }: TriggerSummary): object {
  const runId = last === null ? undefined : runOf(last.verdict);
  return {
    trigger: definition.trigger,
    pipeline: definition.pipeline,
    kind: definition.spec.is,
    spec: specText(definition.spec),
    state,
    next: next === null ? null : isoTime(next),
    last: last && {
      at: isoTime(last.at),
      outcome: last.verdict.outcome,
      ...(runId === undefined ? {} : { runId }),
    },
    ...(pause?.note === undefined ? {} : { note: pause.note }),
  };
}

export function triggerText({ definition, state, next, last, pause }: TriggerSummary): string {
  const { trigger, spec } = definition;
  const lines = [
    `${trigger}  ${specText(spec)}  ${state}\n`,
    next === null ? '' : `  next  ${isoTime(next)}\n`,
    last === null ? '' : `  last  ${isoTime(last.at)}  ${last.verdict.outcome}\n`,
    pause === null
      ? ''
      : `  paused by ${pause.author} since ${isoTime(pause.since)}${ending(pause)}\n`,
  ];
  return lines.join('');
}

function ending({ note, until }: NonNullable<TriggerSummary['pause']>): string {
  const end = until === undefined ? '' : ` until ${isoTime(until)}`;
  return `${end}${note === undefined ? '' : `: ${note}`}`;
}

export function tickLine({ trigger, at, verdict, row }: DecidedTick): string {
  const span = row === undefined ? '' : ` to ${isoTime(row.until)}, ${row.count} ticks`;
  const run = runOf(verdict);
  const what = `${verdict.outcome.padEnd(17)}  ${verdictText(verdict)}`;
  return `${isoTime(at)}${span}  ${trigger}  ${what}${run === undefined ? '' : `  ${run}`}\n`;
}
