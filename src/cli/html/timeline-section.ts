import { html, type Markup } from './markup.ts';
import { isNotable, numbersOf, recordOf, type ReportedRun } from '../../views/reported-run.ts';
import { TimeScale, type TimelineLane, type TimelineSpan } from '../../views/timeline.ts';
import { durationText } from '../../views/amounts.ts';

const LANES_SHOWN = 1_000;
const ELEMENTS_SHOWN = 200;
/** Width of the drawing, from the run's beginning to its end, in its own units. */
const WIDTH = 1_000;
/** Shorter spans are drawn this wide, so that they can be seen. */
const LEAST_WIDTH = 1.5;
const TICKS = 4;

/** Shows when each attempt waited, ran and ended; undefined when no task began. */
export function timelineSection(run: ReportedRun): Markup | undefined {
  const { lanes, heldPeriods } = run.timeline;
  const scale = new TimeScale(heldPeriods);
  const begun = run.tasks.filter(({ name }) => (lanes.get(name)?.spans.length ?? 0) > 0);
  if (begun.length === 0) return undefined;
  const shown = chosen(
    run,
    begun.map(({ name }) => name),
  );
  const numbers = numbersOf(run);
  const rows = shown
    .flatMap((name) => {
      const lane = lanes.get(name);
      const from = lane?.spans[0]?.from;
      return lane === undefined || from === undefined ? [] : [{ name, lane, from }];
    })
    .toSorted((a, b) => a.from - b.from);
  return html`<section id="timeline">
    <h2>Timeline</h2>
    <p class="note">
      <span class="key queued">waits for a slot</span> <span class="key running">runs</span>
      <span class="key waiting">waits for a retry</span>
      <span class="key slow">slowest path</span>${
        shown.length < begun.length
          ? ` ${shown.length} of ${begun.length} tasks are shown: failed ones and the slowest path first.`
          : undefined
      }${heldPeriods.length > 1 ? ' The time in which no process held the run is left out.' : undefined}
    </p>
    <div class="lanes">
      <div class="lane axis"><span></span><span class="ticks">${ticks(scale)}</span></div>
      ${rows.map(({ name, lane }) => laneMarkup(run, name, lane, { scale, number: numbers.get(name)! }))}
    </div>
  </section>`;
}

/** Chooses the lanes that are shown: notable tasks first, then the earliest of the plan. */
function chosen(run: ReportedRun, names: readonly string[]): readonly string[] {
  if (names.length <= LANES_SHOWN) return names;
  const groups = Map.groupBy(names, (name) => isNotable(run, name));
  return [...(groups.get(true) ?? []), ...(groups.get(false) ?? [])].slice(0, LANES_SHOWN);
}

function ticks(scale: TimeScale): Markup[] {
  return Array.from(
    { length: TICKS + 1 },
    (_, tick) => html`<i>${tick === 0 ? '0' : durationText((scale.length * tick) / TICKS)}</i>`,
  );
}

interface LaneDrawing {
  readonly scale: TimeScale;
  readonly number: number;
}

function laneMarkup(
  run: ReportedRun,
  name: string,
  lane: TimelineLane,
  { scale, number }: LaneDrawing,
): Markup {
  const slow = run.slowestPath.has(name) ? ' slow' : '';
  const bar = barMarkup(lane, scale);
  const { elements } = lane;
  if (elements.length === 0)
    return html`<div class="lane${slow}" data-task="${number}">
      <a href="#t${number}">${name}</a>${bar}
    </div> `;
  const left = elements.length - ELEMENTS_SHOWN;
  const status = (element: number): string =>
    recordOf(run, name).elements?.[element]?.status ?? 'pending';
  return html`<details class="mapped" data-task="${number}">
    <summary class="lane${slow}">
      <span>${name} <small>× ${elements.length}</small></span
      >${bar}
    </summary>
    ${elements.slice(0, ELEMENTS_SHOWN).map(
      (element, index) =>
        html`<div class="lane">
          <span class="element">[${index}] <small>${status(index)}</small></span
          >${element === undefined ? undefined : barMarkup(element, scale)}
        </div> `,
    )}${left > 0 ? html`<p class="note">… and ${left} more elements</p>` : undefined}
  </details> `;
}

function barMarkup({ spans }: TimelineLane, scale: TimeScale): Markup {
  const label = spans.map((span) => spanText(span, scale)).join('; ');
  return html`<svg
    class="bar"
    viewBox="0 0 ${WIDTH} 12"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label}"
  >
    ${spans.map((span) => spanMarkup(span, scale))}
  </svg>`;
}

function spanMarkup(span: TimelineSpan, scale: TimeScale): Markup {
  const unit = scale.length === 0 ? 0 : WIDTH / scale.length;
  const width = Math.max(LEAST_WIDTH, (scale.at(span.to) - scale.at(span.from)) * unit);
  const x = Math.min(scale.at(span.from) * unit, WIDTH - width);
  const [y, height] = span.is === 'running' ? [1, 10] : [4, 4];
  const kind = span.is === 'running' ? `running ${span.end}` : span.is;
  return html`<rect
    class="${kind}"
    x="${x.toFixed(1)}"
    y="${y}"
    width="${width.toFixed(1)}"
    height="${height}"
    ><title>${spanText(span, scale)}</title></rect
  >`;
}

function spanText(span: TimelineSpan, scale: TimeScale): string {
  const when = `${durationText(span.to - span.from)} from ${durationText(scale.at(span.from))} on`;
  if (span.is === 'queued') return `waited for a slot ${when}`;
  if (span.is === 'waiting') return `waited for a retry ${when}`;
  const what = span.attempt === undefined ? 'elements' : `attempt ${span.attempt}`;
  return `${what} ${span.end === 'open' ? 'running' : span.end.replace('_', ' ')}, ${when}`;
}
