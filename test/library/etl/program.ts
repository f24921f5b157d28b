/** Tasks, and the program that runs them. */
import { openProject, pipeline, task } from 'dp';

export const numbers = task(() => [1, 2]);
export const doubled = task({ dependencies: ['numbers'] }, (given: { numbers: number[] }) =>
  given.numbers.map((n) => n * 2),
);

if (import.meta.main) {
  await using project = await openProject();
  const run = await project.start(
    pipeline({ name: 'one_file', modules: './program.ts', tasks: 'all' }),
  );
  const { status } = await run.ended;
  process.stdout.write(`${status} ${JSON.stringify(await run.output('doubled'))}\n`);
}
