import { task } from 'dp';

interface Facts {
  recent: number[];
  half: number;
  isLarge: boolean;
  greeting: string;
  literal: string;
  nested: { list: string[] };
}

export const facts = task(
  ({ recent, half, isLarge, greeting, literal, nested }: Facts): string[] => [
    greeting,
    `recent years: ${recent.join(', ')}`,
    `half: ${half}, large: ${isLarge}`,
    literal,
    nested.list.join(' / '),
  ],
);

export const lines = task(
  { tags: ['report'] },
  ({ count, all }: { count: number; all: string[] }): string => `${count} facts; ${all[0]}`,
);
