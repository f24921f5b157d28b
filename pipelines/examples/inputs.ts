import { readFile } from 'node:fs/promises';
import { task } from 'dp';

const file = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), 'utf8');

export async function readings(): Promise<number[]> {
  const name = 'readings';
  return (await file(`./parts/${name}.txt`)).trim().split('\n').map(Number);
}

export const report = task(
  { tags: ['report'] },
  async ({ readings, day }: { readings: number[]; day: string }): Promise<string> => {
    const [least = ''] = (await file('./dist/sorted.txt')).split('\n');
    return `${readings.length} readings on ${day}, the least is ${least}`;
  },
);
