/** A folder comes in; batches of changed files that may belong to a pipeline go out, until the signal. It reads no file. */
import { watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A save causes several events, and a checkout many: a batch goes out when no event has come for so long. */
const QUIET_MS = 80;

/** Watches from the call on, so that no change before the first batch is missed. Paths are relative to `root`. */
export function projectChanges(
  root: string,
  signal: AbortSignal,
): AsyncIterable<readonly string[]> {
  const changed = new Set<string>();
  let wake = Promise.withResolvers<void>();
  const watcher = watch(root, { recursive: true, ignore: isElsewhere, signal }, (_event, path) => {
    if (path === null || !isSource(path)) return;
    changed.add(path);
    wake.resolve();
  });
  // A folder that vanishes while it is scanned is a change like others.
  watcher.on('error', () => undefined);
  signal.addEventListener('abort', () => wake.resolve());
  return batches();

  async function* batches(): AsyncGenerator<readonly string[]> {
    for (;;) {
      await wake.promise;
      for (let before = -1; before !== changed.size && !signal.aborted;) {
        before = changed.size;
        await sleep(QUIET_MS, undefined, { signal }).catch(() => undefined);
      }
      if (signal.aborted) return;
      wake = Promise.withResolvers<void>();
      const batch = [...changed].toSorted();
      changed.clear();
      yield batch;
    }
  }
}

/** Ignores installed packages, which change with the lock file, and names with a dot in front, which belong to tools. */
const isElsewhere = (path: string): boolean => /(?:^|[/\\])(?:\.|node_modules$)/.test(path);

/** Names without an extension count: most likely a folder came or went. */
const isSource = (path: string): boolean =>
  /\.(?:ya?ml|[cm]?[jt]sx?|json|lock)$/.test(path) || /(?:^|[/\\])[^./\\]+$/.test(path);
