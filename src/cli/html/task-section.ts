import type { TaskRecord } from '../../model/run.ts';
import { errorText } from '../text/error.ts';
import { html, type Markup } from './markup.ts';
import { isNotable, recordOf, type ReportedRun } from '../../views/reported-run.ts';
import { durationText } from '../../views/amounts.ts';
import { statusText } from '../../views/run-words.ts';
import { taskReasonText } from '../../views/reasons.ts';

const TASKS_SHOWN = 5_000;

/** Shows the status of each task. The script makes the table sortable and filterable. */
export function taskSection(run: ReportedRun): Markup {
  const numbered = run.tasks.map(({ name, level }, number) => ({ name, level, number }));
  const shown =
    numbered.length <= TASKS_SHOWN
      ? numbered
      : numbered
          .toSorted((a, b) => Number(isNotable(run, b.name)) - Number(isNotable(run, a.name)))
          .slice(0, TASKS_SHOWN);
  const logged = new Map(run.logs.map(({ task }, index) => [task, index] as const).toReversed());
  const statuses = [...new Set(run.tasks.map(({ name }) => recordOf(run, name).status))];
  return html`<section id="tasks">
    <h2>Tasks</h2>
    <form class="tools" hidden>
      <label>filter <input type="search" autocomplete="off" /></label
      >${statuses.map((status) => html` <label><input type="checkbox" value="${status}" checked /> ${statusText(status)}</label>`)}
    </form>
    ${shown.length < numbered.length ? html`<p class="note">${shown.length} of ${numbered.length} tasks are shown; <code>dp show ${run.record.runId} --json</code> has them all.</p>` : undefined}
    <div class="canvas" tabindex="0" role="region" aria-label="Tasks">
      <table>
        <thead>
          <tr>
            <th scope="col">task</th>
            <th scope="col">status</th>
            <th scope="col" class="number">level</th>
            <th scope="col" class="number">attempts</th>
            <th scope="col" class="number">took</th>
            <th scope="col">why</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map((task) => rowMarkup(run, task, logged))}
        </tbody>
      </table>
    </div>
  </section>`;
}

interface Numbered {
  readonly name: string;
  readonly level: number;
  readonly number: number;
}

function rowMarkup(
  run: ReportedRun,
  { name, level, number }: Numbered,
  logged: ReadonlyMap<string, number>,
): Markup {
  const task = recordOf(run, name);
  const { status, attempts, durationMs, error, elements } = task;
  const log = logged.get(name);
  const why =
    error === undefined
      ? status === 'succeeded'
        ? ''
        : (taskReasonText(task) ?? '')
      : errorText(error);
  return html`<tr id="t${number}" data-task="${number}" data-status="${status}">
    <th scope="row">
      ${name}${elements === undefined ? undefined : html` <small>× ${elements.length}</small>`}${log === undefined ? undefined : html` <a href="#l${log}">log</a>`}
    </th>
    <td><span class="status ${status}">${statusText(status)}</span></td>
    <td class="number">${level}</td>
    <td class="number">${elements === undefined ? attempts : attemptsIn(elements)}</td>
    <td class="number" data-value="${durationMs ?? -1}">
      ${durationMs === undefined ? undefined : durationText(durationMs)}
    </td>
    <td>${why}</td>
  </tr> `;
}

const attemptsIn = (elements: readonly TaskRecord[]): number =>
  elements.reduce((sum, { attempts }) => sum + attempts, 0);
