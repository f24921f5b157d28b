/** Returns all members of a long matrix for `make test-long`, and otherwise those in the sample. */
export function sampleOf<T>(all: readonly T[], isInSample: (member: T) => boolean): readonly T[] {
  return isLong ? all : all.filter(isInSample);
}

/** Returns how many of something a test takes: fewer, unless it runs for `make test-long`. */
export const countOf = (many: number, few: number): number => (isLong ? many : few);

const isLong = process.env['DP_TEST_LONG'] === '1';
