/** Tasks that say how they want to be run. */
import { task } from 'dp';

export const resilient = task(
  { maxRetries: 3, retry: { delay: 0.01, backoff: 'constant' }, timeout: 60 },
  (_: object, { attempt }) => {
    if (attempt < 3) throw new Error('the service is busy');
    return `attempt ${attempt}`;
  },
);

/** Its failure does not fail the run. */
export const optional = task({ failSafe: true }, (): string => {
  throw new Error('there is no such service');
});

/** A generator gives a stream: each batch is stored as it is made. */
export const batches = task({ timeout: '5m', streamOutput: true }, function* () {
  for (let batch = 1; batch <= 3; batch++) yield Array<number>(batch).fill(batch);
});
