/** The commands that set a project up and explain it, with their arguments. */
import { Argument } from 'commander';
import { OUT_FILE } from './arguments.ts';
import type { Act, MakeCommand } from '../console/context.ts';

export function projectCommands(command: MakeCommand, act: Act): void {
  command(
    'explain',
    'explain what an error code means, and how to mend the error',
    '  dp explain DP4001',
  )
    .argument('[code]', 'such as DP4001; by default all codes are listed')
    .action(act(async () => (await import('../commands/explain.ts')).explain));

  command(
    'schema',
    "print the JSON Schema of this project's pipeline files, for editors",
    '  dp schema --out .dp/pipeline.schema.json\n  dp schema pipelines/flights.yaml              # with the tasks of its modules only\n  dp schema --project --out .dp/project.schema.json',
  )
    .argument(
      '[file]',
      'only with the tasks of this pipeline; by default of every file under pipelines/',
    )
    .option('--project', 'print the schema of dp.yaml instead')
    .option('--out <file>', OUT_FILE)
    .action(act(async () => (await import('../commands/schema.ts')).schema));

  command(
    'types',
    "print TypeScript declarations of the project's tasks and pipelines, and of the module dp",
    '  dp types --out dp.d.ts\n  dp types --install                            # tests of the project can import dp',
  )
    .option(
      '--install',
      'write the module dp into node_modules/ instead, for tests that import dp or dp/testing; only the single executable has it',
    )
    .option('--out <file>', OUT_FILE)
    .action(act(async () => (await import('../commands/types.ts')).types));

  command(
    'init',
    'make a small project that runs; overwrites nothing',
    '  dp init my-project && cd my-project && dp run pipelines/hello.yaml',
  )
    .argument('[folder]', 'made where it is missing; by default the current folder')
    .action(act(async () => (await import('../commands/init.ts')).init));

  command(
    'completion',
    'print the script by which a shell completes commands, options, files, runs and tasks',
    '  eval "$(dp completion bash)"                  # in ~/.bashrc\n  eval "$(dp completion zsh)"                   # in ~/.zshrc, behind compinit\n  dp completion fish > ~/.config/fish/completions/dp.fish',
  )
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action(act(async () => (await import('../commands/completion.ts')).completion));

  const man = command(
    'man',
    'print the manual page, in the format of man',
    '  dp man | man -l -\n  dp man > ~/.local/share/man/man1/dp.1         # for man dp',
  );
  man.action(
    act(async () => {
      const { printManual } = await import('../commands/man.ts');
      return printManual(man);
    }),
  );
}
