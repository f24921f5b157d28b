import { asJson } from '../../executor/worker/publishable.ts';
import { Fault } from '../../model/fault.ts';
import type { Json } from '../../model/json.ts';

/** Returns what expressions give for a parameter, with times as texts. Throws DP1009, which names the path of what JSON cannot hold. */
export function expressionJson(value: unknown, path: string): Json {
  if (holdsBytes(value)) throw new Fault('DP1009', `${path} holds bytes, which JSON cannot hold`);
  try {
    return asJson(value, path) as Json; // it returns JSON
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'DP6108') throw error;
    throw new Fault('DP1009', error.message, { cause: error });
  }
}

/** Buffers would become lists of their bytes. */
function holdsBytes(value: unknown): boolean {
  if (ArrayBuffer.isView(value)) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsBytes);
}
