import { hasFailed } from '../../views/ended-run.ts';
import { html, type Markup } from './markup.ts';
import { recordOf, type ReportedLog, type ReportedRun } from '../../views/reported-run.ts';

/** Shows what each attempt printed, folded; unfolded where the task failed. */
export function logSection(run: ReportedRun): Markup | undefined {
  if (run.logs.length === 0) return undefined;
  const { runId } = run.record;
  return html`<section id="logs">
    <h2>Logs</h2>
    ${run.logsLeftOut > 0 ? html`<p class="note">The logs of ${run.logsLeftOut} more attempts did not fit; <code>dp logs ${runId}</code> has them all.</p>` : undefined}
    ${run.logs.map((log, index) => logMarkup(run, log, index))}
  </section>`;
}

function logMarkup(run: ReportedRun, log: ReportedLog, index: number): Markup {
  const { task, element, attempt, text, bytesLeftOut } = log;
  const record = recordOf(run, task);
  const own = element === undefined ? record : record.elements?.[element];
  const isOpen = own !== undefined && hasFailed(own) && own.attempts === attempt;
  const name = `${task}${element === undefined ? '' : `[${element}]`}`;
  return html`<details id="l${index}" ${isOpen ? html` open` : undefined}>
    <summary>${name} <small>attempt ${attempt}</small></summary>
    ${bytesLeftOut > 0 ? html`<p class="note">Only the end: ${bytesLeftOut.toLocaleString('en')} bytes before it are left out. <code>dp logs ${run.record.runId} ${task} --attempt ${attempt}</code> has all.</p>` : undefined}
    <pre tabindex="0">${text}</pre>
  </details> `;
}
