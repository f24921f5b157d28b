/** The words of hints on the command line: a step becomes a command or an option. */
import { CATALOGUE, impossible, type DiagnosticCode } from '../../model/fault.ts';
import type { Hint, Remedy, Step } from '../../model/hint.ts';

export function hintText(hint: Hint): string {
  return isList(hint) ? hint.map(remedyText).join(', or ') : remedyText(hint);
}

/** Returns what a code means and how to mend it, as a paragraph. */
export function explanationOf(code: DiagnosticCode): string {
  const { explain, remedy } = CATALOGUE[code];
  return remedy === undefined ? explain : `${explain} ${sentence(hintText(remedy))}`;
}

const remedyText = (remedy: Remedy): string =>
  typeof remedy === 'string' ? remedy : stepText(remedy);

function stepText(step: Step): string {
  switch (step.do) {
    case 'readHelp':
      return '`dp COMMAND --help` shows the arguments of a command, with examples';
    case 'readSchema':
      return 'check the spelling against `dp schema`';
    case 'initProject':
      return '`dp init` makes a project with a pipeline that runs';
    case 'namePipeline':
      return 'name its file: dp run pipelines/NAME.yaml';
    case 'namePipelineOrInitProject':
      return 'name a file, or let `dp init` make one';
    case 'chooseProjectFolder':
      return 'name an empty folder: `dp init FOLDER`';
    case 'chooseStateFolder':
      return `choose ${step.folder ?? 'another folder'} with --state-dir`;
    case 'giveParameter':
      return `give it with -p ${step.name ?? 'NAME'}=${step.example ?? 'VALUE'}`;
    case 'listTasks':
      return '`dp graph` shows the tasks of the pipeline';
    case 'runUpstreamTasks':
      return 'leave out --only';
    case 'runMoreTasksAtOnce':
      return 'raise -j';
    case 'runFewerTasksAtOnce':
      return 'run fewer tasks at once (-j)';
    case 'speedUpShard':
      return 'more machines do not make this part faster: raise -j on this one';
    case 'listRuns':
      return step.pipeline === undefined
        ? '`dp runs` lists the runs'
        : `\`dp runs --pipeline ${step.pipeline}\` lists those of this one`;
    case 'listTriggers':
      return '`dp schedule list` lists the triggers';
    case 'showRun':
      return `\`dp show ${step.run}\` shows it`;
    case 'startRun':
      return '`dp run` begins a new run';
    case 'startFirstRun':
      return '`dp run` makes one; --state-dir looks elsewhere';
    case 'resumeRun':
      return `\`dp resume ${step.run ?? 'RUN'}\` resumes the run`;
    case 'retryFailedTasks':
      return `\`dp retry ${step.run} --failed\` starts a new run of the present pipeline, with the results that are still valid`;
    case 'cancelRun':
      return `stop it with \`dp cancel ${step.run}\``;
    case 'computeResultAgain':
      return `run its pipeline again; \`dp resume ${step.run}\` computes the result again where the run did not succeed`;
    case 'exportRuns':
      return '`dp export` makes such archives';
    case 'removeOldRuns':
      return 'remove old runs with `dp gc`';
    case 'removeLeftovers':
      return '`dp gc` or `dp doctor --fix` removes them';
    case 'dropCacheEntry':
      return '`dp cache verify --fix` drops it; the task runs when it is needed';
    case 'clearPoolSlot':
      return 'the next task that needs the pool clears it, and so does `dp doctor --fix`';
    case 'releaseRun':
      return '`dp doctor --fix` releases it';
    case 'closeStateToOthers':
      return '`dp doctor --fix` closes them to others';
    case 'releaseRunElsewhere':
      return `if it is at work there, wait, or stop it with \`dp cancel ${step.run}\`. If it has ended, \`dp doctor --fix\` on that host releases the run. If the host is gone for good, \`dp run\` begins a new run, which uses the cached results`;
    case 'reportRun':
      return `its results are not affected; please report it, with what \`dp events ${step.run}\` prints`;
    default:
      return impossible(step);
  }
}

const isList = (hint: Hint): hint is readonly Remedy[] => Array.isArray(hint);

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
