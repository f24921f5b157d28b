/** The commands that run pipelines, with their arguments. */
import { InvalidArgumentError } from 'commander';
import type { Sample } from '../../model/plan.ts';
import {
  A_RUN,
  ONE_FILE,
  SOME_TASKS,
  commaList,
  positiveInteger,
  wholeNumber,
  nonNegative,
} from './arguments.ts';
import type { Act, MakeCommand } from '../console/context.ts';
import { executing, selecting, sharding } from './shared-options.ts';

export function runningCommands(command: MakeCommand, act: Act): void {
  executing(
    sharding(
      selecting(
        command(
          'run',
          'run a pipeline',
          '  dp run pipelines/flights.yaml\n  dp run pipelines/flights.yaml -p sample=2k -j 4\n  dp run pipelines/flights.yaml byMonth         # and what it needs\n  dp run pipelines/flights.yaml --only report   # from the last results of the others\n  dp run pipelines/flights.yaml --shard 2/3     # the second of three machines\n  dp run pipelines/flights.yaml --verify-cache 5  # are stored results still what the tasks give?\n  dp run pipelines/flights.yaml --reporter github --reporter junit=junit.xml\n  dp run pipelines/flights.yaml --run-id nightly-2026-07-01  # runs once, even when asked twice',
        ),
      ),
    )
      .argument('[file]', ONE_FILE)
      .argument('[tasks...]', SOME_TASKS)
      .option(
        '--verify-cache [sample]',
        'run some tasks although their results are stored (5, or 20%; default 10%), and warn of results that differ; with --strict that fails',
        sampleFrom,
      )
      .option(
        '--run-id <id>',
        'start the run with this id, once: asked again, dp waits for it, reports it and ends with its exit code',
      ),
  ).action(act(async () => (await import('../commands/run.ts')).run));

  executing(
    command(
      'resume',
      'resume a run that did not succeed; results of tasks that succeeded are kept',
      '  dp resume last\n  dp resume 01k9abc -j 4',
    ).argument('<run>', A_RUN),
  ).action(act(async () => (await import('../commands/resume.ts')).resume));

  executing(
    command(
      'recover',
      'resume every run whose process is gone',
      '  dp recover                                    # one look\n  dp recover --watch 10                         # a look every ten seconds, until it is stopped',
    ),
  )
    .option(
      '--watch <seconds>',
      'look again after so many seconds, until dp is stopped',
      nonNegative,
    )
    .action(act(async () => (await import('../commands/recover.ts')).recover));

  executing(
    command(
      'retry',
      'repeat a run as a new one, with its parameters and selection',
      '  dp retry last                                 # every task again\n  dp retry last --failed                        # keep what succeeded\n  dp retry 01k9abc --from clean                 # clean, and all that depends on it',
    ).argument('<run>', A_RUN),
  )
    .option(
      '--failed',
      'run only tasks that did not succeed or have changed since, and all that depend on them',
    )
    .option(
      '--from <tasks>',
      'the same, and these tasks with all that depend on them (a,b)',
      commaList,
    )
    .action(act(async () => (await import('../commands/retry.ts')).retry));

  selecting(
    command(
      'simulate',
      'try the pipeline out in simulated histories of failures, crashes and kills; no task runs',
      '  dp simulate pipelines/flights.yaml\n  dp simulate pipelines/flights.yaml --histories 10000\n  dp simulate pipelines/flights.yaml --seed 42 --histories 1  # one history again',
    ),
  )
    .argument('[file]', ONE_FILE)
    .argument('[tasks...]', SOME_TASKS)
    .option('--histories <count>', 'number of histories', positiveInteger, 1_000)
    .option('--seed <number>', 'seed of the first history; drawn at random by default', wholeNumber)
    .action(act(async () => (await import('../commands/simulate.ts')).simulate));
}

function sampleFrom(word: string): Sample {
  const [, digits = '', percent] = /^(\d{1,9}(?:\.\d+)?)(%)?$/.exec(word) ?? [];
  const number = Number(digits);
  if (digits !== '' && percent !== undefined && number > 0 && number <= 100)
    return { share: number / 100 };
  if (digits !== '' && percent === undefined && Number.isInteger(number) && number > 0)
    return { tasks: number };
  throw new InvalidArgumentError(
    'it has to be a number of tasks such as 5, or a share such as 10%.',
  );
}
