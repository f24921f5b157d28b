import { task } from 'dp';

/** The path of a day's file follows from the day. */
export const file = task({ cache: true }, ({ path }: { path: string }) => path);

export function report({
  file: path,
  week,
  cities,
}: {
  file: string;
  week: string;
  cities: string[];
}): string {
  return `${path}, ${week}: ${cities.join(' and ')}`;
}
