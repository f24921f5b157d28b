/** A state folder with runs of one's own making, real results in it, and no dp process anywhere. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Housekeeping, openHousekeeping } from '../../src/app/project/housekeeping.ts';
import type { RecordedEvent } from '../../src/model/event.ts';
import type { ResultRef } from '../../src/model/result.ts';
import { newRun, ended, remember, requestWith, started, taskRan } from '../store/samples.ts';

export class Home implements Disposable {
  readonly folder = join(mkdtempSync(join(tmpdir(), 'dp-home-')), '.dp');
  readonly open: Housekeeping = this.#opened();

  /** A run that ended at `endedAt`, with a result of each of the tasks; returns their references. */
  async run(
    id: string,
    tasks: readonly string[],
    {
      endedAt = 2_000,
      how = 'succeeded',
      more = [],
      request = {},
    }: Partial<{
      endedAt: number;
      how: 'succeeded' | 'failed';
      more: readonly RecordedEvent[];
      request: object;
    }> = {},
  ): Promise<ResultRef[]> {
    const outputs: ResultRef[] = [];
    for (const task of tasks) outputs.push(await this.result(id, task));
    const { store } = this.open;
    const outcomes = more.filter(({ topic }) => topic !== 'run.task.started');
    store.begin(newRun(id, { request: requestWith(request) }));
    store.append(id, [
      started(id, endedAt - 1_000),
      ...tasks.flatMap((task, i) => taskRan(id, task, { output: outputs[i]! })),
      ...more,
      ended(id, how, endedAt, { succeeded: tasks.length + outcomes.length }),
    ]);
    store.release(id);
    return outputs;
  }

  async result(run: string, task: string, id = 'a1.1'): Promise<ResultRef> {
    const { ref } = await this.open.io.save({ run, task, id }, `${task} of ${run}`);
    return ref;
  }

  remember(key: string, output: ResultRef, expiresAt: number | null = null): void {
    const { run, task } = output as { run: string; task: string };
    remember(this.open.store, { key, run, task, output, storedAt: 1_000, expiresAt });
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  [Symbol.dispose](): void {
    this.open[Symbol.dispose]();
    rmSync(join(this.folder, '..'), { recursive: true, force: true });
  }

  #opened(): Housekeeping {
    mkdirSync(this.folder, { mode: 0o700 });
    return openHousekeeping(this.folder, 'write');
  }
}
