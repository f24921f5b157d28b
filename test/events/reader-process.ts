/** A durable subscriber in a process of its own, which a test may kill. Started as a program, this file is that process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { openBroker } from '../../src/events/open.ts';
import { until } from '../waiting.ts';

export interface ReaderProcess {
  /** The data of what it has handled, in order. */
  readonly handled: readonly unknown[];
  /** Resolves when it is at the last event. */
  readonly isBusy: Promise<void>;
  kill(): Promise<void>;
}

/** Resolves once it has subscribed to `a` under the name. It handles `count` events and does not come back from the last of them. */
export async function startReader(
  address: string,
  name: string,
  count: number,
): Promise<ReaderProcess> {
  const child = spawn(process.execPath, [import.meta.filename, address, name, `${count}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const handled: unknown[] = [];
  const lines = createInterface({ input: child.stdout });
  await Promise.race([once(lines, 'line'), failure(child)]);
  lines.on('line', (line) => handled.push(JSON.parse(line)));
  return {
    handled,
    isBusy: until(() => handled.length >= count),
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

async function failure(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit');
  throw new Error(`the reader ended with ${code}`);
}

/** Says a line when it is ready, and one for each event, just before it asks for the next. */
async function read(address: string, name: string, count: number): Promise<void> {
  const broker = await openBroker(address, {
    report: (fault) => {
      throw fault;
    },
  });
  const subscription = broker.subscribe('a', { durable: name, from: 'start', capacity: 50 });
  process.stdout.write('"ready"\n');
  let handled = 0;
  for await (const { data } of subscription) {
    process.stdout.write(`${JSON.stringify(data)}\n`);
    if (++handled === count) await new Promise(() => setInterval(() => {}, 1_000));
  }
}

if (import.meta.main)
  await read(process.argv[2] ?? '', process.argv[3] ?? '', Number(process.argv[4]));
