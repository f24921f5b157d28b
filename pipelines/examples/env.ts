import { task } from 'dp';

/** Declared names are in `ctx.env`; one that is not set is undefined. */
export const greet = task((_: object, { env }): string[] => [
  env['GREETING'] ?? 'no greeting',
  env['NOBODY_SET_THIS'] ?? 'not set',
]);

export const report = task(
  { tags: ['report'] },
  ({ greet, ask }: { greet: string[]; ask: { stdout: string } }): string =>
    `a function sees ${greet.length} names; a command sees ${ask.stdout.includes('/nothing') ? 'only what is declared' : 'too much'}`,
);
