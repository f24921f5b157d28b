/**
 * Returns what the work gives; undefined once the signal aborts. A client may leave a command without an answer for ever when its
 * connection is closed under it. What becomes of the work afterwards is of no interest, failures included.
 */
export function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
  const stop = (): void => resolve(undefined);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  return promise;
}
