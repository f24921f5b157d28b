/** The choices of the command line come in; the reporters of a run go out, before anything is reported. */
import { rootFor } from '../../app/project/caller-context.ts';
import { Fault, impossible } from '../../model/fault.ts';
import type { CommandContext } from '../console/context.ts';
import type { ReporterChoice } from './choice.ts';
import { ReportFile } from './report-file.ts';
import type { Reporter } from './reporter.ts';

/** A reporter by name, or the one that `--json` stands for. */
type Choice = ReporterChoice | { readonly is: 'json' };

/** Throws DP2001 when two would write to the same place, DP8002 when a file could not be written. */
export async function openReporters(
  context: CommandContext,
  asked: readonly ReporterChoice[],
): Promise<readonly Reporter[]> {
  const taken = new Map<string, string>();
  const take = (target: string, name: string): void => {
    const before = taken.get(target);
    if (before !== undefined)
      throw new Fault('DP2001', `${before} and ${name} would both write to ${target}`, {
        hint: 'leave one out, or give each a file of its own',
      });
    taken.set(target, name);
  };
  const reporters: Reporter[] = [];
  for (const choice of completed(context, asked)) {
    const name = choice.is === 'json' ? '--json' : `--reporter ${choice.is}`;
    reporters.push(await open(context, choice, (target) => take(target, name)));
  }
  return reporters;
}

/** Adds a reporter for the person at the terminal, unless a chosen reporter writes there; reports to files and annotations are additional. */
function completed({ terminal, json }: CommandContext, asked: readonly ReporterChoice[]): Choice[] {
  if (json) return [{ is: 'json' }, ...asked];
  const isWatched = asked.some(({ is }) => is === 'pretty' || is === 'plain' || is === 'ndjson');
  return isWatched ? [...asked] : [{ is: terminal.isLive ? 'pretty' : 'plain' }, ...asked];
}

/** Loads a reporter's code and makes it. */
async function open(
  { terminal, caller }: CommandContext,
  choice: Choice,
  take: (target: string) => void,
): Promise<Reporter> {
  const file = (path: string): ReportFile => {
    const opened = new ReportFile(path, caller.cwd);
    take(opened.path);
    return opened;
  };
  const base = (): string => rootFor(caller.cwd, caller);
  switch (choice.is) {
    case 'pretty':
      take('standard error');
      return new (await import('./pretty.ts')).PrettyReporter(terminal);
    case 'plain':
      take('standard error');
      return new (await import('./plain.ts')).PlainReporter(terminal);
    case 'json':
      take('standard output');
      return new (await import('./json.ts')).JsonReporter(terminal);
    case 'ndjson':
      take('standard output');
      return new (await import('./ndjson.ts')).NdjsonReporter(terminal);
    case 'github': {
      take('standard output');
      const { GITHUB_WORKSPACE: workspace = caller.cwd, GITHUB_STEP_SUMMARY: summaryFile = '' } =
        caller.env;
      const job = summaryFile === '' ? { workspace } : { workspace, summaryFile };
      if (summaryFile !== '') take(new ReportFile(summaryFile, caller.cwd).path);
      return new (await import('./github.ts')).GithubReporter(terminal, job);
    }
    case 'junit':
      return new (await import('./junit.ts')).JunitReporter(file(choice.file), base());
    case 'sarif':
      return new (await import('./sarif.ts')).SarifReporter(file(choice.file), base());
    case 'markdown':
      return new (await import('./markdown.ts')).MarkdownReporter(file(choice.file));
    default:
      return impossible(choice);
  }
}
