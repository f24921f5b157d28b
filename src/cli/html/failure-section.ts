import type { TaskError } from '../../model/event.ts';
import type { TaskRecord } from '../../model/run.ts';
import { ownErrorText } from '../text/error.ts';
import { hasFailed } from '../../views/ended-run.ts';
import { html, type Markup } from './markup.ts';
import { numbersOf, recordOf, type ReportedRun } from '../../views/reported-run.ts';
import { statusText } from '../../views/run-words.ts';

const FAILURES_SHOWN = 100;
const CAUSES_SHOWN = 8;

/** Shows each failed task with its error and stack; undefined when none failed. */
export function failureSection(run: ReportedRun): Markup | undefined {
  const failures = run.tasks.flatMap(({ name }) => failuresOf(name, recordOf(run, name)));
  if (failures.length === 0) return undefined;
  const numbers = numbersOf(run);
  const left = failures.length - FAILURES_SHOWN;
  return html`<section id="failures">
    <h2>What failed</h2>
    ${failures.slice(0, FAILURES_SHOWN).map(
      ({ task, name, record }) =>
        html`<article>
          <h3>
            <a href="#t${numbers.get(task)}">${name}</a>
            <span class="status ${record.status}"
              >${record.reason === 'crashed' ? 'crashed' : statusText(record.status)}</span
            >
            ${record.attempts > 1 ? `after ${record.attempts} attempts` : undefined}
          </h3>
          ${record.error === undefined ? undefined : errorMarkup(record.error, CAUSES_SHOWN)}
        </article> `,
    )}${left > 0 ? html`<p class="note">… and ${left} more; <code>dp show ${run.record.runId} --json</code> has them all.</p>` : undefined}
  </section>`;
}

interface FailedUnit {
  readonly task: string;
  /** The name of the task, with the element's number for an element. */
  readonly name: string;
  readonly record: TaskRecord;
}

function failuresOf(task: string, record: TaskRecord): FailedUnit[] {
  const elements = (record.elements ?? []).flatMap((element, index): FailedUnit[] =>
    hasFailed(element) ? [{ task, name: `${task}[${index}]`, record: element }] : [],
  );
  return hasFailed(record) ? [{ task, name: task, record }, ...elements] : elements;
}

function errorMarkup(error: TaskError, causesLeft: number): Markup {
  const { stack, details, cause, errors = [] } = error;
  const causes = cause === undefined ? errors : [cause, ...errors];
  return html`<p class="error">${ownErrorText(error)}</p>
    ${stack === undefined ? undefined : html`<pre tabindex="0">${stack}</pre>`}
    ${details === undefined ? undefined : html`<pre tabindex="0">${details}</pre>`}
    ${
      causesLeft === 0
        ? undefined
        : causes.map(
            (inner) =>
              html`<p>caused by</p>
                ${errorMarkup(inner, causesLeft - 1)}`,
          )
    }`;
}
