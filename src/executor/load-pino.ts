import { createRequire } from 'node:module';
import type { pino } from 'pino';

/** Pino, when a task first logs: it takes longer to load than most tasks to run, and `ctx.log` cannot wait. The bundler replaces this file by a plain `require`. */
export function loadPino(): typeof pino {
  return (createRequire(import.meta.url)('pino') as { pino: typeof pino }).pino;
}
