/** The hidden command that completion scripts call: prints a line for each word that fits, and `:files` where files fit. */
import type { Command } from 'commander';
import { load, pipelineFiles } from '../../app/planning/load.ts';
import type { CallerContext } from '../../app/project/caller-context.ts';
import { findRun, readRun } from '../../app/project/find-run.ts';
import { listRuns } from '../../app/project/list-runs.ts';
import { learnOwnSettings } from '../../app/project/project-settings.ts';
import { CATALOGUE } from '../../model/catalogue.ts';
import { Fault } from '../../model/fault.ts';
import { RUN_STATES } from '../../model/run.ts';
import type { CommandContext } from '../console/context.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { openForReading } from '../console/state.ts';
import { SCHEDULE_VERBS } from '../console/schedule-verbs.ts';
import { REPORTERS } from '../reporters/choice.ts';
import { type Candidate, expected, type GivenWords } from './expected.ts';

/** Where a project or its state cannot be read, it prints nothing: nobody wants diagnostics while typing. */
export async function complete(
  context: CommandContext,
  dp: Command,
  words: readonly string[],
): Promise<ExitCode> {
  const current = words.at(-1) ?? '';
  const next = expected(dp, words);
  const { before, offers } =
    next.is === 'words'
      ? { before: '', offers: next.candidates }
      : { before: next.before, offers: await offersFor(context, next, current) };
  for (const offer of offers) {
    if (offer === 'files') context.terminal.out(':files\n');
    else if (`${before}${offer.word}`.startsWith(current))
      context.terminal.out(`${before}${offer.word}\t${offer.meaning.replaceAll(/\s+/g, ' ')}\n`);
  }
  return EXIT.ok;
}

type Offer = Candidate | 'files';

interface Question {
  readonly context: CommandContext;
  readonly given: GivenWords;
  /** The beginning of the value. */
  readonly value: string;
}

async function offersFor(
  { terminal, json, caller }: CommandContext,
  { name, before, given }: { name: string; before: string; given: GivenWords },
  current: string,
): Promise<readonly Offer[]> {
  const stateFolder = given.options.get('--state-dir');
  const chosen: CallerContext = stateFolder === undefined ? caller : { ...caller, stateFolder };
  const context = { terminal, json, caller: chosen };
  try {
    return (await SOURCES[name]?.({ context, given, value: current.slice(before.length) })) ?? [];
  } catch (error) {
    if (error instanceof Fault) return [];
    throw error;
  }
}

/** What completes a value, by the name of the value in the command's help. */
const SOURCES: Readonly<
  Record<string, (question: Question) => readonly Offer[] | Promise<readonly Offer[]>>
> = {
  file: () => ['files'],
  files: () => ['files'],
  folder: () => ['files'],
  run: runs,
  before: runs,
  after: runs,
  a: async (question) => ['files', ...(await runs(question))],
  b: async (question) => ['files', ...(await runs(question))],
  task: tasks,
  tasks: listOfTasks,
  code: () => Object.entries(CATALOGUE).map(([word, { title: meaning }]) => ({ word, meaning })),
  status: () => RUN_STATES.map(plain),
  what: () => [
    ...Object.entries(SCHEDULE_VERBS).map(([word, meaning]) => ({ word, meaning })),
    'files',
  ],
  words: () => ['files'],
  reporter: ({ value }) => (value.includes('=') ? ['files'] : REPORTERS.map(plain)),
};

const plain = (word: string): Candidate => ({ word, meaning: '' });

const SHOWN_RUNS = 20;

async function runs({ context }: Question): Promise<readonly Candidate[]> {
  await learnOwnSettings(context.caller);
  using state = openForReading(context);
  const found = listRuns(state, { limit: SHOWN_RUNS }).runs.map(({ runId, pipeline, status }) => ({
    word: runId,
    meaning: `${pipeline}, ${status}`,
  }));
  return found.length === 0 ? [] : [{ word: 'last', meaning: 'the last run' }, ...found];
}

/** Returns the tasks of the run or of the pipeline that is named before; without one, those of all pipelines of the project. */
async function tasks({ context, given }: Question): Promise<readonly Candidate[]> {
  const run = given.arguments.get('run');
  const file = given.arguments.get('file');
  if (run !== undefined) {
    await learnOwnSettings(context.caller);
    using state = openForReading(context);
    return [...readRun(state, findRun(state, run)).tasks.keys()].map(plain);
  }
  const files = file === undefined ? await pipelineFiles(context.caller) : [file];
  const names = await Promise.all(files.map((each) => taskNames(each, context.caller)));
  return [...new Set(names.flat())].map(plain);
}

async function taskNames(file: string, caller: CallerContext): Promise<readonly string[]> {
  // Standard input is the keyboard of the person who types.
  if (file === '-') return [];
  try {
    const { pipeline } = await load(file, caller);
    return [...pipeline.tasks.keys()];
  } catch (error) {
    if (error instanceof Fault) return [];
    throw error;
  }
}

async function listOfTasks(question: Question): Promise<readonly Candidate[]> {
  const written = question.value.slice(0, question.value.lastIndexOf(',') + 1);
  return (await tasks(question)).map(({ word, meaning }) => ({
    word: `${written}${word}`,
    meaning,
  }));
}
