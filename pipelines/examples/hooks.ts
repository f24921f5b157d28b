import type { TaskContext } from 'dp';

/** A delivery that may turn out to be empty. */
export function fetch({ items }: { items: number }): string[] {
  if (items === 0) throw new Error('the delivery is empty');
  return Array.from({ length: items }, (_, n) => `item ${n + 1}`);
}

export const shelve = ({ fetch }: { fetch: string[] }): number => fetch.length;

export function receipt({ run, shelved }: { run: string; shelved: number }): string {
  return `${shelved} items shelved; the run has an id of ${run.length} characters`;
}

export function alarm({ failed }: { failed: string[] }, { log }: TaskContext): void {
  log.error(`somebody should look at ${failed.join(' and ')}`);
}
