export const cities = (): string[] => ['Oslo', 'Seoul', 'Lima'];

export function report({
  cities,
  means,
  status,
}: {
  cities: string[];
  means: number[];
  status: 'succeeded';
}): string {
  return `${cities.map((city, n) => `${city} ${means[n]} °C`).join(', ')}; the reference ${status}`;
}
