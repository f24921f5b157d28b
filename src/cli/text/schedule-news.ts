/** What happens in a runner comes in; entries of its log go out. */
import type { RunnerNews } from '../../app/scheduling/runner.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { Fault, impossible } from '../../model/fault.ts';
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

export const codeOf = (error: unknown): object =>
  error instanceof Fault ? { code: error.code } : {};

/** Returns each mistake with its code and place, on one line. */
export function errorWords(error: unknown): string {
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
