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
          '  dp run pipelines/flights.yaml\n  dp run pipelines/flights.yaml -p sample=2k -j 4\n  dp run pipelines/flights.yaml byMonth         # and what it needs\n  dp run pipelines/flights.yaml --only report   # from the last results of the others\n  dp run pipelines/flights.yaml --shard 2/3     # the second of three machines\n  dp run pipelines/flights.yaml --verify-cache 5  # are stored results still what the tasks give?\n  dp run pipelines/flights.yaml --reporter github --reporter junit=junit.xml\n  dp run pipelines/flights.yaml --run-id nightly-2026-07-01  # however often it is asked for, it runs once',
        ),
      ),
    )
      .argument('[file]', ONE_FILE)
      .argument('[tasks...]', SOME_TASKS)
      .option(
        '--verify-cache [sample]',
        'make so many stored results again (5, or 20%; default 10%), and warn of those that come out otherwise; with --strict that fails',
        sampleFrom,
      )
      .option(
        '--run-id <id>',
        'begin the run under this id, once: asked again, tell what became of it, with its exit code',
      ),
  ).action(act(async () => (await import('../commands/run.ts')).run));

  executing(
    command(
      'resume',
      'go on with a run that did not succeed; what succeeded is kept',
      '  dp resume last\n  dp resume 01k9abc -j 4',
    ).argument('<run>', A_RUN),
  ).action(act(async () => (await import('../commands/resume.ts')).resume));

  executing(
    command(
      'recover',
      'go on with every run whose process is gone',
      '  dp recover                                    # one look\n  dp recover --watch 10                         # a look every ten seconds, until it is stopped',
    ),
  )
    .option('--watch <seconds>', 'look again and again', nonNegative)
    .action(act(async () => (await import('../commands/recover.ts')).recover));

  executing(
    command(
      'retry',
      'do a run over as a new one, with its parameters and selection',
      '  dp retry last                                 # every task again\n  dp retry last --failed                        # keep what succeeded\n  dp retry 01k9abc --from clean                 # clean, and all that follows it',
    ).argument('<run>', A_RUN),
  )
    .option('--failed', 'only what did not succeed, what has changed since, and all that follows')
    .option(
      '--from <tasks>',
      'the same, and these tasks with all that follows them (a,b)',
      commaList,
    )
    .action(act(async () => (await import('../commands/retry.ts')).retry));

  selecting(
    command(
      'simulate',
      'try the pipeline out in made-up histories of failures, crashes and kills; no task runs',
      '  dp simulate pipelines/flights.yaml\n  dp simulate pipelines/flights.yaml --histories 10000\n  dp simulate pipelines/flights.yaml --seed 42 --histories 1  # one history again',
    ),
  )
    .argument('[file]', ONE_FILE)
    .argument('[tasks...]', SOME_TASKS)
    .option('--histories <count>', 'so many', positiveInteger, 1_000)
    .option(
      '--seed <number>',
      'what the first history follows from; drawn when left out',
      wholeNumber,
    )
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
