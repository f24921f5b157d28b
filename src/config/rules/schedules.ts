/** Checks what a trigger says about itself: its name, its cron expression, its zone, keys that exclude each other. */
import { didYouMean } from '../../model/diagnostic.ts';
import { parseCron } from '../../model/cron.ts';
import { parseDuration } from '../../model/duration.ts';
import { parseEnd, parseMoment } from '../../model/moment.ts';
import { isTimeZone } from '../../model/time-zone.ts';
import type { Report } from '../yaml/report.ts';
import { placeInScalar } from '../yaml/scalar-place.ts';
import { quoted } from '../yaml/source.ts';
import { itemsAt, oneOrMoreAt, textAt, type YamlMap, type YamlScalar } from '../yaml/yaml-node.ts';

/** Checks every cron trigger of the raw tree, so that mistakes elsewhere hide nothing. */
export function checkSchedules(root: YamlMap, report: Report): void {
  const names = new Set<unknown>();
  for (const trigger of itemsAt(root, 'triggers')) {
    const name = textAt(trigger, 'name');
    if (name !== undefined && names.has(name.value))
      report.error('DP1005', `the trigger name ${quoted(String(name.value))} is taken`, name);
    names.add(name?.value);
    if (trigger.is !== 'map') continue;
    for (const cron of oneOrMoreAt(trigger, 'cron'))
      if (typeof cron.value === 'string') checkCron(cron, report);
    for (const every of oneOrMoreAt(trigger, 'every')) checkPeriod(every, report);
    const zone = textAt(trigger, 'timezone');
    if (zone !== undefined) checkZone(zone, report);
    checkSpan(trigger, report);
    checkFile(trigger, report);
    const after = textAt(trigger, 'pipeline');
    if (after !== undefined && after.value === textAt(root, 'name')?.value)
      report.error('DP1005', 'a pipeline cannot start after itself', after);
  }
}

function checkSpan(trigger: YamlMap, report: Report): void {
  const [start, end] = [textAt(trigger, 'start'), textAt(trigger, 'end')];
  if (start === undefined || end === undefined) return;
  const from = parseMoment(String(start.value), 'UTC');
  const to = parseEnd(String(end.value), 'UTC');
  if (from !== undefined && to !== undefined && to < from)
    report.error('DP1010', 'the trigger ends before it starts', end);
}

function checkFile(trigger: YamlMap, report: Report): void {
  const done = textAt(trigger, 'done');
  if (done === undefined) return;
  if (!String(done.value).includes('{name}'))
    report.error('DP1005', '`done` must contain {name}', done, 'write `done: "{name}.ok"`');
  if (trigger.entries.has('settle'))
    report.error(
      'DP1005',
      'a file is complete by `settle` or by `done`, not by both',
      done,
      'remove one of them',
    );
}

function checkCron(node: YamlScalar, report: Report): void {
  const text = String(node.value);
  const cron = parseCron(text);
  if (!('problem' in cron)) return;
  report.error(
    'DP1010',
    `bad cron expression ${quoted(text)}: ${cron.problem}`,
    placeInScalar(report.source, node, cron),
    cron.hint ?? cronHint(text),
  );
}

function checkPeriod(node: YamlScalar, report: Report): void {
  const seconds = parseDuration(node.value);
  if (seconds !== undefined && seconds > 0 && seconds < 1)
    report.error('DP1010', 'a trigger fires at most once a second', node, 'write `every: 1s`');
}

function cronHint(text: string): string | undefined {
  return /^\s*(every|each|daily|hourly)\b/i.test(text)
    ? 'every day at three is "0 3 * * *"'
    : undefined;
}

function checkZone(node: YamlScalar, report: Report): void {
  const zone = String(node.value);
  if (isTimeZone(zone)) return;
  const hint =
    didYouMean(zone, Intl.supportedValuesOf('timeZone')) ??
    'write an IANA name such as Europe/Berlin or UTC';
  report.error('DP1010', `unknown time zone ${quoted(zone)}`, node, hint);
}
