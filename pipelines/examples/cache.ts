import { task } from 'dp';

export const primes = task(({ size }: { size: number }): number[] => {
  const composite = new Uint8Array(size);
  const found: number[] = [];
  for (let candidate = 2; candidate < size; candidate++) {
    if (composite[candidate] === 1) continue;
    found.push(candidate);
    for (let multiple = candidate * candidate; multiple < size; multiple += candidate) {
      composite[multiple] = 1;
    }
  }
  return found;
});

export const largest = task(({ primes }: { primes: number[] }): number => primes.at(-1) ?? 0);

export const report = task(
  { tags: ['report'] },
  ({ primes, largest }: { primes: number[]; largest: number }): string =>
    `${primes.length} primes, the largest is ${largest}`,
);
