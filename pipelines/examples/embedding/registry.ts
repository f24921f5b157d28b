/** Registry: what task modules register, without importing them into this program. */
import { openProject, pipeline } from 'dp';

await using project = await openProject();
const registry = await project.registry(
  pipeline({ name: 'etl', modules: './etl-tasks.ts', tasks: 'all' }),
);

const extract = registry.get('extract');
console.log(`${extract?.name}: ${extract?.kind}. ${extract?.description}`);
console.log('output:', JSON.stringify(extract?.output?.schema));
console.log(
  'etl:',
  registry
    .tagged('etl')
    .map(({ name }) => name)
    .join(', '),
);
console.log('tags:', [...registry.tags()].toSorted().join(', '));
