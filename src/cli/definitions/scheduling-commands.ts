/** The commands of the scheduler, with their arguments. */
import { RUNNER_COMMAND } from '../../app/scheduling/runner-command.ts';
import type { Act, MakeCommand } from '../console/context.ts';

export function schedulingCommands(command: MakeCommand, act: Act): void {
  command(RUNNER_COMMAND, 'execute the queued runs; the scheduler starts it', {
    hidden: true,
  }).action(act(async () => (await import('../commands/runner.ts')).runner));
}
