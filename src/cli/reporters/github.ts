/** Reports to a job of GitHub Actions: failures beside the lines of the change, the end of each failed task's log, and the job summary. */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import type { EndedRun, FailedTask } from '../../views/ended-run.ts';
import type { Terminal } from '../console/terminal.ts';
import { githubText } from '../text/github.ts';
import { logTail } from '../text/log-tail.ts';
import { diagnosticsPage, runPage } from '../text/markdown.ts';
import { diagnosticsOf } from './failure-diagnostics.ts';
import type { Reporter } from './reporter.ts';

/** GitHub shows no more annotations for a job. */
const ANNOTATIONS_SHOWN = 50;
const LOGS_SHOWN = 20;
const LOG_LINES = 200;
const LOG_BYTES = 65_536;

export interface GithubJob {
  /** The folder of the checkout, which GitHub's paths are relative to. */
  readonly workspace: string;
  /** The file that the job summary is appended to; GITHUB_STEP_SUMMARY. */
  readonly summaryFile?: string;
}

export class GithubReporter implements Reporter {
  readonly #terminal: Terminal;
  readonly #job: GithubJob;

  constructor(terminal: Terminal, job: GithubJob) {
    this.#terminal = terminal;
    this.#job = job;
  }

  ended(ended: EndedRun): void {
    this.#annotate(diagnosticsOf(ended));
    for (const failure of ended.failures.slice(0, LOGS_SHOWN))
      this.#terminal.out(logGroup(failure));
    this.#summarize(runPage(ended));
  }

  faulted(diagnostics: readonly Diagnostic[]): void {
    this.#annotate(diagnostics);
    this.#summarize(diagnosticsPage(diagnostics));
  }

  #annotate(diagnostics: readonly Diagnostic[]): void {
    const errorsFirst = diagnostics.toSorted((a, b) => rank(a) - rank(b));
    this.#terminal.out(githubText(errorsFirst.slice(0, ANNOTATIONS_SHOWN), this.#job.workspace));
  }

  #summarize(page: string): void {
    const { summaryFile } = this.#job;
    if (summaryFile === undefined) return;
    try {
      appendFileSync(summaryFile, page);
    } catch (cause) {
      throw new Fault('DP8002', `the job summary cannot be written: ${(cause as Error).message}`, {
        cause,
        hint: 'GITHUB_STEP_SUMMARY names its file',
      });
    }
  }
}

const rank = ({ severity }: Diagnostic): number => (severity === 'error' ? 0 : 1);

/** Returns the end of a task's log, folded in the job's log. GitHub reads no command in it, whatever the task printed. */
function logGroup({ task, log }: FailedTask): string {
  const tail = logTail(log.file, LOG_LINES, LOG_BYTES);
  if (tail.length === 0) return '';
  const element = log.element === undefined ? '' : `[${log.element}]`;
  const token = randomUUID();
  return [
    `::group::log of ${task}${element}, attempt ${log.attempt}`,
    `::stop-commands::${token}`,
    ...tail,
    `::${token}::`,
    '::endgroup::',
    '',
  ].join('\n');
}
