/** The longest delay of a timer in Node; a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Does what `setTimeout` does, for any delay. */
export function setLongTimeout(act: () => void, delayMs: number): { clear(): void } {
  let timer: NodeJS.Timeout;
  const arm = (leftMs: number): void => {
    timer =
      leftMs > LONGEST_MS
        ? setTimeout(() => arm(leftMs - LONGEST_MS), LONGEST_MS)
        : setTimeout(act, leftMs);
  };
  arm(delayMs);
  return { clear: () => clearTimeout(timer) };
}
