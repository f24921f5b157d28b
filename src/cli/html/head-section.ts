import { type TaskStatus, tookOf } from '../../model/run.ts';
import { isoTime } from '../../views/json.ts';
import { errorText } from '../text/error.ts';
import { importedText } from '../text/imported.ts';
import { html, type Markup } from './markup.ts';
import { recordOf, type ReportedRun } from '../../views/reported-run.ts';
import { durationText } from '../../views/amounts.ts';
import { statusText } from '../../views/run-words.ts';

/** Shows what ran, how it ended, and with which parameters. */
export function headSection(run: ReportedRun): Markup {
  const { record, params, timeline } = run;
  const { runId, planId, pipeline, file, status, queuedAt, startedAt } = record;
  const { finishedAt, imported, error } = record;
  const tookMs = tookOf(record);
  const pauses = timeline.heldPeriods.length - 1;
  return html`<header>
    <h1>${pipeline} <span class="status ${status}">${status}</span></h1>
    <p class="totals">${totals(run)}</p>
    ${error === undefined ? undefined : html`<p class="error">${errorText(error)}</p>`}
    <dl>
      ${fact('run', html`<code>${runId}</code>`)}
      ${queuedAt === undefined ? undefined : fact('queued', time(queuedAt))}
      ${startedAt === null ? undefined : fact('began', time(startedAt))}
      ${finishedAt === undefined ? undefined : fact('ended', time(finishedAt))}
      ${tookMs === undefined ? undefined : fact('took', html`${durationText(tookMs)}`)}
      ${pauses > 0 ? fact('resumed', html`${pauses === 1 ? 'once' : `${pauses} times`}`) : undefined}
      ${imported === undefined ? undefined : fact(importedText(imported), time(imported.at))}
      ${fact('file', html`<code>${file}</code>`)}
      ${fact('plan', html`<code>${planId.slice(0, 16)}</code>`)}
      ${Object.entries(params).map(([name, value]) => fact(`-p ${name}`, html`<code>${valueText(value)}</code>`))}
    </dl>
    ${isLeft(run) ? html`<p>To resume it: <code>dp resume ${runId}</code></p>` : undefined}
  </header>`;
}

function totals(run: ReportedRun): Markup[] {
  const counts = new Map<TaskStatus, number>();
  for (const { name } of run.tasks) {
    const { status } = recordOf(run, name);
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return [...counts].map(
    ([status, count]) =>
      html`<span class="total ${status}"><b>${count}</b> ${statusText(status)}</span> `,
  );
}

const fact = (name: string, value: Markup): Markup =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;

const time = (instant: number): Markup =>
  html`<time datetime="${isoTime(instant)}"
    >${isoTime(instant).replace('T', ' ').replace('Z', ' UTC')}</time
  >`;

const VALUE_LENGTH = 500;

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH)}…` : text;
}

const isLeft = ({ record: { status } }: ReportedRun): boolean =>
  status === 'failed' || status === 'cancelled' || status === 'crashed';
