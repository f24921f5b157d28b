import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { answering, cutOff } from './server-process.ts';

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
    await answering(this.#process, { name: 'redis-server', port: this.port });
  }

  kill(): Promise<void> {
    return cutOff(this.#process);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
