/** The options that several commands share. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Shard } from '../../model/plan.ts';
import { commaList, instantFrom, nonNegative, positiveInteger } from './arguments.ts';
import { reporterChoice, type ReporterChoice } from '../reporters/choice.ts';

/** Adds the options of every command that executes runs. */
export function executing(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--reporter <reporter>',
        'how the run is reported (repeatable): pretty, plain, ndjson, github, junit=FILE, sarif=FILE, markdown=FILE',
      )
        .argParser((word: string, before: readonly ReporterChoice[]) => [
          ...before,
          reporterChoice(word),
        ])
        .default([], 'pretty on a terminal, else plain'),
    )
    .option(
      '-j, --jobs <count>',
      'most tasks at once (default: DP_JOBS, else one for each core)',
      positiveInteger,
    )
    .option('--by-level', 'start no task of a level before the level above it has ended')
    .addOption(
      new Option('--on-failure <what>', 'whether tasks that do not need the failed one still start')
        .choices(['continue', 'stop'])
        .default('continue'),
    )
    .addOption(
      new Option(
        '--cache <mode>',
        'stored results: rw reads and writes, r only reads, w only writes',
      )
        .choices(['rw', 'r', 'w', 'off'])
        .default('rw'),
    )
    .option(
      '--grace <seconds>',
      'how long tasks that are stopped may take to end by themselves',
      nonNegative,
      5,
    )
    .addOption(
      new Option('--durability <what>', 'flush to disk at the end of the run, or after every event')
        .choices(['run', 'task'])
        .default('run'),
    );
}

export function checking(command: Command): Command {
  return command
    .option('--no-typecheck', 'leave out the type check of edges')
    .option(
      '--strict',
      'report edges whose types could not be checked (any, unknown), and undeclared inputs',
    );
}

export function selecting(command: Command): Command {
  return parameterized(checking(command))
    .option('--tags <tags>', 'tasks with any of these tags (a,b), and what they need', commaList)
    .option(
      '--only [tasks]',
      'leave out the tasks that the selected ones need, and use their last results',
      commaList,
    )
    .option('--until <tasks>', 'the same as naming the tasks (a,b)', commaList)
    .option(
      '--force [tasks]',
      'run these tasks, or all, even where a stored result could be reused',
      commaList,
    );
}

export function parameterized(command: Command): Command {
  return command
    .addOption(
      new Option('-p, --param <name=value>', 'value of a parameter (repeatable)')
        .argParser(parameter)
        .default([], 'the defaults of the file'),
    )
    .option('--params-file <file>', 'values of parameters, as YAML or JSON; -p takes precedence')
    .addOption(
      new Option(
        '--at <time>',
        'the instant that the run works for, `run.time` in expressions: a time with an offset, or a date (default: now)',
      ).argParser(instantFrom),
    );
}

export function parameter(
  word: string,
  before: readonly (readonly [string, string])[],
): (readonly [string, string])[] {
  const at = word.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('write it as NAME=VALUE.');
  return [...before, [word.slice(0, at), word.slice(at + 1)]];
}

export function sharding(command: Command): Command {
  return command.option(
    '--shard <i/n>',
    'only the share of the selected tasks for machine i of n; tasks that need each other stay together',
    shardOf,
  );
}

/** More machines than any CI service gives to a job. */
const MOST_SHARDS = 1_000;

function shardOf(word: string): Shard {
  const [, index = 0, count = 0] = (/^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(word) ?? []).map(
    Number,
  );
  if (index < 1 || index > count || count > MOST_SHARDS)
    throw new InvalidArgumentError(
      `it has to be I/N: machine I of N, and N at most ${MOST_SHARDS}.\na matrix of three says 1/3, 2/3 and 3/3`,
    );
  return { index, count };
}
