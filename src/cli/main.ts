/**
 * Command line: arguments come in, a command runs, text and an exit code go out.
 * Nothing else in dp writes to the terminal; nothing is loaded before it is needed.
 */
import { createRequire } from 'node:module';
import { TASK_PROCESS } from '../app/project/task-process.ts';
import { VERSION } from '../version.ts';

const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`${VERSION}\n`);
} else if (
  words[0] === TASK_PROCESS &&
  words[1] !== undefined &&
  process.getBuiltinModule('node:sea').isSea()
) {
  createRequire(words[1])(words[1]);
} else {
  void import('./command-line.ts').then(({ runCommandLine }) => runCommandLine(words));
}
