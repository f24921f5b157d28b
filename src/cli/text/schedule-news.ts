/** What happens in a daemon or a runner comes in; entries of its log go out. */
import type { SchedulingNews } from '../../app/scheduling/daemon-process.ts';
import type { RunnerNews } from '../../app/scheduling/runner.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { Fault, impossible } from '../../model/fault.ts';
import { isoTime } from '../../views/json.ts';
import type { LogEntry } from '../console/log.ts';
import { placeText } from './diagnostics.ts';

export function runnerEntry(news: RunnerNews): LogEntry {
  switch (news.is) {
    case 'begun':
    case 'resumed': {
      const { is, runId, pipeline } = news;
      const verb = is === 'begun' ? 'began' : 'was resumed';
      return { level: 'info', text: `run ${runId} of ${pipeline} ${verb}`, facts: news };
    }
    case 'ended':
      return {
        level: news.status === 'succeeded' ? 'info' : 'warn',
        text: `run ${news.runId} ${news.status}`,
        facts: news,
      };
    case 'handed_back':
      return {
        level: 'info',
        text: `run ${news.runId} was handed back, as the runner is stopped`,
        facts: news,
      };
    case 'taken_over':
      return {
        level: 'warn',
        text: `run ${news.runId} was taken over by another process`,
        facts: news,
      };
    case 'failed':
      return {
        level: 'error',
        text: `run ${news.runId} failed: ${errorWords(news.error)}`,
        facts: { is: news.is, runId: news.runId, ...codeOf(news.error) },
      };
    case 'hindered':
      return {
        level: 'error',
        text: `${news.runId === undefined ? 'the queue' : `run ${news.runId}`} is tried again: ${errorWords(news.error)}`,
        facts: { is: news.is, ...(news.runId && { runId: news.runId }), ...codeOf(news.error) },
      };
    default:
      return impossible(news);
  }
}

export function schedulingEntry(news: SchedulingNews): LogEntry {
  switch (news.is) {
    case 'leads':
      return { level: 'info', text: 'this daemon decides about the triggers', facts: news };
    case 'waits':
      return { level: 'info', text: `${news.leader} decides; this daemon waits`, facts: news };
    case 'lost_lead':
    case 'lost_lease':
      return { level: 'warn', text: 'another daemon decides by now', facts: news };
    case 'decided': {
      const { trigger, at, verdict } = news.tick;
      const run = 'runId' in verdict ? `, run ${verdict.runId}` : '';
      return {
        level: verdict.outcome === 'refused' || verdict.outcome === 'missed' ? 'warn' : 'info',
        text: `${trigger} ${isoTime(at)}: ${verdict.outcome}${run}`,
        facts: { is: news.is, trigger, at: isoTime(at), ...verdict },
      };
    }
    case 'clock_stepped':
      return {
        level: 'warn',
        text: `the clock was set by ${Math.round(news.byMs)} ms`,
        facts: news,
      };
    case 'repaired':
      return { level: 'warn', text: `${news.trigger} was armed again`, facts: news };
    case 'broken':
      return {
        level: 'error',
        text: `${news.file} is broken, its triggers go on as they were: ${news.diagnostics.map(diagnosticWords).join('; ')}`,
        facts: { is: news.is, file: news.file },
      };
    case 'runner_started':
      return {
        level: 'info',
        text: `runner ${news.pid} was started`,
        facts: { is: news.is, runner: news.pid },
      };
    case 'runner_died':
      return {
        level: 'warn',
        text: `runner ${news.pid} died`,
        facts: { is: news.is, runner: news.pid },
      };
    case 'failed':
    case 'hindered':
      return {
        level: 'error',
        text: `${'trigger' in news ? `${news.trigger}: ` : ''}${errorWords(news.error)}`,
        facts: { is: news.is, ...codeOf(news.error) },
      };
    default:
      return impossible(news);
  }
}

const codeOf = (error: unknown): object => (error instanceof Fault ? { code: error.code } : {});

/** Returns each mistake with its code and place, on one line. */
function errorWords(error: unknown): string {
  if (!(error instanceof Fault))
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  return error.diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(diagnosticWords)
    .join('; ');
}

function diagnosticWords({ code, message, at }: Diagnostic): string {
  return `${code}: ${message}${at === undefined ? '' : ` (${placeText(at)})`}`;
}
