import { csvRecords } from './csv.ts';
import { packageFile, textOf } from './package-file.ts';
import type { CsvRecord } from './csv.ts';

export interface Airport {
  readonly iata: string;
  readonly name: string;
  /** Empty where the data has none; so is `state`. */
  readonly city: string;
  readonly state: string;
  /** Degrees. */
  readonly latitude: number;
  readonly longitude: number;
}

/** The airports of the United States and a few beyond, as listed in vega-datasets. */
export function readAirports(): Promise<Airport[]> {
  const text = textOf(packageFile('vega-datasets', 'data/airports.csv'));
  return Array.fromAsync(csvRecords(text), toAirport);
}

function toAirport(record: CsvRecord): Airport {
  const { iata = '', name = '', city = '', state = '', latitude, longitude } = record;
  return {
    iata,
    name,
    city: known(city),
    state: known(state),
    latitude: Number(latitude),
    longitude: Number(longitude),
  };
}

/** The file writes NA for what it does not know. */
const known = (text: string): string => (text === 'NA' ? '' : text);
