/** A folder comes in; batches of changed files that a pipeline may be made of go out, until the signal. It reads no file. */
import { watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A save is several events, and a checkout of a branch is many: told once they have calmed down. */
const QUIET_MS = 80;

/** Watches from the call on, so nothing is missed between a first look and the first batch. Paths are relative to `root`. */
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
  // A folder that vanishes while it is looked at is a change like others.
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

/** Installed packages change with the lock file; what begins with a dot is a tool's own. */
const isElsewhere = (path: string): boolean => /(?:^|[/\\])(?:\.|node_modules$)/.test(path);

/** Without an extension it is most likely a folder that came or went. */
const isSource = (path: string): boolean =>
  /\.(?:ya?ml|[cm]?[jt]sx?|json|lock)$/.test(path) || /(?:^|[/\\])[^./\\]+$/.test(path);
