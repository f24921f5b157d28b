import { task } from 'dp';

export const load = task(({ broken }: { broken: boolean }): number => {
  if (broken) throw new Error('the source is broken');
  return 42;
});

export const alarm = task((): string => 'somebody should look');

export const cleanup = task({ tags: ['report'] }, (): string => 'all is tidy');
