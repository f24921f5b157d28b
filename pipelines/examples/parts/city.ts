/** One temperature a day, made up from the name. */
export function measure({ city, days }: { city: string; days: number }): number[] {
  const base = city.length * 4 - 5;
  return Array.from({ length: days }, (_, day) => base + (day % 3));
}

export function mean({ measure }: { measure: number[] }): number {
  const sum = measure.reduce((total, degrees) => total + degrees, 0);
  return Math.round((sum / measure.length) * 10) / 10;
}
