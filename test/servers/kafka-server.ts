import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { answering, cutOff } from './server-process.ts';

/** Five seconds on a quiet machine, half a minute on a busy one. */
const START_WITHIN_MS = 100_000;

/** A real Kafka of one node, which is its own controller, with a folder of its own. */
export class KafkaServer implements AsyncDisposable {
  readonly port: number;
  readonly #jars: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'dp-kafka-'));
  #process: ChildProcess | undefined;

  private constructor(jars: string, port: number) {
    this.#jars = jars;
    this.port = port;
  }

  static async start(jars: string): Promise<KafkaServer> {
    const server = new KafkaServer(jars, await freePort());
    server.#configure(await freePort());
    const [code] = await once(
      server.#java('kafka.tools.StorageTool', 'format', '-t', 'dpdpdpdpdpdpdpdpdpdpdg', '-c'),
      'exit',
    );
    if (code !== 0) throw new Error(`kafka's folder could not be made: ${code}`);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    this.#process = this.#java('kafka.Kafka');
    await answering(this.#process, { name: 'kafka', port: this.port, withinMs: START_WITHIN_MS });
  }

  kill(): Promise<void> {
    return cutOff(this.#process);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #configure(controllerPort: number): void {
    const settings = {
      'process.roles': 'broker,controller',
      'node.id': 1,
      'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
      listeners: `PLAINTEXT://127.0.0.1:${this.port},CONTROLLER://127.0.0.1:${controllerPort}`,
      'controller.listener.names': 'CONTROLLER',
      'log.dirs': join(this.#folder, 'data'),
      // There is one node, and members that die are to be missed soon.
      'offsets.topic.replication.factor': 1,
      'offsets.topic.num.partitions': 1,
      'transaction.state.log.replication.factor': 1,
      'transaction.state.log.min.isr': 1,
      'group.initial.rebalance.delay.ms': 0,
      // A node that was killed may come back at once.
      'broker.session.timeout.ms': 1_000,
      'broker.heartbeat.interval.ms': 250,
      'group.min.session.timeout.ms': 500,
      'auto.create.topics.enable': false,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(this.#folder, 'server.properties'), lines.join(''));
  }

  /** Starts a class of Kafka with the settings as its last argument; it compiles quickly rather than well. */
  #java(...command: readonly string[]): ChildProcess {
    const options = [
      '-Xmx384m',
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      '-cp',
      join(this.#jars, '*'),
    ];
    const settings = join(this.#folder, 'server.properties');
    return spawn('java', [...options, ...command, settings], { stdio: 'ignore' });
  }
}
