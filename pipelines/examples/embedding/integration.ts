/**
 * All of it together: at three in the morning an event starts the extraction, and what that publishes starts the transformation.
 * This program does not wait for the morning: it publishes the first event itself, and ends with the last.
 */
import {
  createBroker,
  createScheduler,
  cronTrigger,
  eventTrigger,
  openProject,
  pipeline,
  type RunTopics,
} from 'dp';

interface Topics extends RunTopics {
  'pipeline.start': null;
  'data.extracted': { rows: number[] };
  'data.transformed': number[];
}

await using broker = createBroker<Topics>();
await using project = await openProject({ broker });
await using scheduler = createScheduler({ publisher: broker, project });

const extraction = pipeline({
  name: 'extraction',
  modules: './integration-tasks.ts',
  tasks: { extract: null },
});
const transformation = pipeline({
  name: 'transformation',
  modules: './integration-tasks.ts',
  params: { rows: { type: 'array', items: { type: 'number' } } },
  tasks: { transform: { with: { rows: '${params.rows}' } } },
});

scheduler.register('daily_extract', cronTrigger('0 3 * * *', { timezone: 'Asia/Seoul' }), {
  topic: 'pipeline.start',
});
scheduler.register('on_start', eventTrigger(broker, 'pipeline.start'), { run: extraction });
scheduler.register('auto_transform', eventTrigger(broker, 'data.extracted'), {
  run: transformation,
  params: ({ data }) => ({ rows: data.rows }),
  overlap: 'allow',
});
await scheduler.start();

using news = broker.subscribe('data.*');
using ends = broker.subscribe('run.succeeded');
await broker.publish('pipeline.start', null);
for await (const event of news) {
  console.log(event.topic, JSON.stringify(event.data));
  if (event.topic === 'data.transformed') break;
}
let ended = 0;
for await (const { data } of ends) {
  console.log(`a run ended: ${data.totals.succeeded} task succeeded`);
  if (++ended === 2) break;
}
