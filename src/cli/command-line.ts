/** The commands with their arguments. The code of a command is loaded when it is called. */
import { Command, CommanderError } from 'commander';
import type { Act, CommandContext, GlobalOptions, MakeCommand } from './console/context.ts';
import { systemClock } from '../lib/clock.ts';
import { Fault } from '../model/fault.ts';
import { EXIT, type ExitCode, exitCodeOf } from './console/exit-codes.ts';
import { VERSION } from '../version.ts';
import { reportFailure } from './text/failure.ts';
import { housekeepingCommands } from './definitions/housekeeping-commands.ts';
import { planningCommands } from './definitions/planning-commands.ts';
import { projectCommands } from './definitions/project-commands.ts';
import { recordCommands } from './definitions/record-commands.ts';
import { runningCommands } from './definitions/running-commands.ts';
import { schedulingCommands } from './definitions/scheduling-commands.ts';
import { openTerminal, ReaderGone, type Terminal } from './console/terminal.ts';

/** Runs a command and sets the exit code. The process ends when nothing is left to do. */
export async function runCommandLine(words: readonly string[]): Promise<void> {
  const json = words.includes('--json') && !words.slice(0, words.indexOf('--json')).includes('--');
  const terminal = openTerminal((fault) => {
    reportFailure(fault, terminal, json);
    process.once('exit', () => (process.exitCode = exitCodeOf(fault)));
  });
  // An uncaught error is a bug in dp: it is reported as one, not as a dump of the bundle.
  process.on('uncaughtException', (error) => {
    reportFailure(error, terminal, json);
    process.exit(exitCodeOf(error));
  });
  try {
    await commandLine(terminal).parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (error instanceof ReaderGone || (error instanceof CommanderError && error.exitCode === 0))
      return;
    if (error instanceof CommanderError && error.code === 'commander.help') {
      process.exitCode = EXIT.usage;
      return;
    }
    const fault = error instanceof CommanderError ? usageFault(error) : error;
    reportFailure(fault, terminal, json);
    process.exitCode = exitCodeOf(fault);
  }
}

/** Throws DP2002 when the folder has been removed, as a deployment does that replaces it. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new Fault('DP2002', 'the current folder does not exist any more', {
      cause,
      hint: 'it was removed or replaced: enter it again, `cd "$PWD"`, or go to another folder',
    });
  }
}

function usageFault({ message }: CommanderError): Fault {
  const [what = message, ...rest] = message
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const hint = rest.join(' ').replace(/^\(Did you mean (.*)\?\)$/, 'did you mean "$1"?');
  return new Fault('DP2001', what, {
    hint: hint === '' ? '`dp --help` lists the commands, `dp COMMAND --help` its options' : hint,
  });
}

function commandLine(terminal: Terminal): Command {
  const dp = new Command('dp')
    .description('Plans, checks, runs and remembers data pipelines written in TypeScript.')
    .version(VERSION, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      outputError: () => undefined,
    })
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLES);

  const command: MakeCommand = (name, description, help) => {
    const hidden = typeof help !== 'string';
    const made = dp.command(name, { hidden }).description(description).exitOverride();
    made
      .option('--json', 'print one JSON document on stdout')
      .option(
        '--state-dir <folder>',
        'the state directory (default: DP_STATE_DIR, else .dp in the project)',
      );
    return hidden ? made : made.addHelpText('after', `\nExamples:\n${help}`);
  };
  const context = (options: GlobalOptions): CommandContext => ({
    terminal,
    json: options.json === true,
    caller: {
      cwd: currentFolder(),
      env: process.env,
      clock: systemClock,
      projects: new Map(),
      ...(options.stateDir === undefined ? {} : { stateFolder: options.stateDir }),
    },
  });
  const actIn =
    (prepare: (context: CommandContext) => Promise<void>): Act =>
    (load) =>
    async (...given) => {
      // Commander gives the arguments, then the options, then the command itself; all of them untyped.
      const options = given.at(-2) as GlobalOptions;
      const work = (await load()) as (
        context: CommandContext,
        ...words: unknown[]
      ) => Promise<ExitCode>;
      const here = context(options);
      await prepare(here);
      process.exitCode = await work(here, options, ...given.slice(0, -2));
    };

  const groups = {
    'Run:': runningCommands,
    'Plan and check:': planningCommands,
    'Schedule:': schedulingCommands,
    'Inspect runs:': recordCommands,
    'Manage runs and state:': housekeepingCommands,
  };
  const act = actIn(async ({ caller }) => {
    const { learnOwnSettings } = await import('../app/project/project-settings.ts');
    await learnOwnSettings(caller);
  });
  for (const [title, add] of Object.entries(groups)) {
    dp.commandsGroup(title);
    add(command, act);
  }
  dp.command('__complete', { hidden: true })
    .argument('[words...]')
    .action(async (given: readonly string[]) => {
      const { complete } = await import('./completion/complete.ts');
      process.exitCode = await complete(context({}), dp, given);
    });
  dp.commandsGroup('Set up a project:');
  projectCommands(
    command,
    actIn(() => Promise.resolve()),
  );
  return dp;
}

const EXAMPLES = `
Examples:
  dp init my-project                 a project with a pipeline that runs
  dp plan pipelines/flights.yaml     what would run, and why
  dp run pipelines/flights.yaml      run it
  dp show                            what happened in the last run

Exit codes: ${EXIT.ok} success, ${EXIT.taskFailed} a task failed, ${EXIT.usage} usage, ${EXIT.invalid} invalid definition, ${EXIT.nothingSelected} nothing selected,
${EXIT.refused} refused, ${EXIT.bug} a bug in dp, ${EXIT.io} state or disk, ${EXIT.timedOut} timed out, ${EXIT.interrupted}/${EXIT.terminated} cancelled.`;
