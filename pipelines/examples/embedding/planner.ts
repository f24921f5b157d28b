/** Planner: what would run, in which order, and what may run at the same time; and then the run of that plan. */
import { openProject, pipeline } from 'dp';

await using project = await openProject();
const plan = await project.plan(
  pipeline({ name: 'etl', modules: './etl-tasks.ts', tasks: 'all' }),
  { tags: ['etl'] },
);
console.log('order:', plan.order.join(' '));
console.log('levels:', JSON.stringify(plan.levels));
for (const { name, dependsOn, decision } of plan.tasks)
  console.log(
    `${name}: ${decision.action},`,
    dependsOn.map(({ task, kind }) => `${kind} of ${task}`).join() || 'no dependencies',
  );

const run = await project.start(plan);
const { status } = await run.ended;
console.log(`${status}: ${await run.output<string>('load')}`);
