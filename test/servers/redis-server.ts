import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../waiting.ts';
import { freePort } from './free-port.ts';

/** A real Redis with a folder of its own. The system has every write before it is answered, so a killed one comes back with all of it. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #program: string;
  readonly #arguments: readonly string[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'dp-redis-'));
  #process: ChildProcess | undefined;

  private constructor(program: string, port: number, args: readonly string[]) {
    this.#program = program;
    this.port = port;
    this.#arguments = args;
  }

  /** `args` come after those that set port, folder and durability; `PORT` among them stands for the port. */
  static async start(program: string, args: readonly string[] = []): Promise<RedisServer> {
    const port = await freePort();
    const server = new RedisServer(
      program,
      port,
      args.map((each) => each.replace('PORT', `${port}`)),
    );
    await server.start();
    return server;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async start(): Promise<void> {
    const { port } = this;
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', this.#folder];
    const durable = ['--save', '', '--appendonly', 'yes'];
    this.#process = spawn(this.#program, [...args, ...durable, ...this.#arguments], {
      stdio: 'ignore',
    });
    const ended = once(this.#process, 'exit').then(([code]) => {
      throw new Error(`redis-server ended with ${code} before it answered`);
    });
    await Promise.race([until(() => accepts(port)), ended]);
    ended.catch(() => {});
  }

  /** Ends it as a power cut would, with no time to say anything. */
  async kill(): Promise<void> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Returns whether something listens on the port. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
