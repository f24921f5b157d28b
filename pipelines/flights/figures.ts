import type { Airport } from '../lib/airports.ts';

/** What the tasks of the flights pipeline give each other. Delays are of departure, in minutes, negative when early; distances in miles. */
export interface Flight {
  /** `2001/01/31 23:59`, local time of departure: texts sort as times do. */
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  /** IATA codes. */
  readonly origin: string;
  readonly destination: string;
}

export interface MonthFigures {
  /** `2001-01` */
  readonly month: string;
  readonly n: number;
  readonly sumDelay: number;
  readonly late: number;
  readonly sumDistance: number;
  readonly meanDelay: string;
}

export interface DayFigures {
  /** `2001-01-31` */
  readonly day: string;
  readonly n: number;
  readonly sumDelay: number;
}

export interface OriginFigures {
  readonly origin: string;
  readonly n: number;
  readonly sumDelay: number;
  /** Delays by nearest rank. */
  readonly p50: number;
  readonly p90: number;
  readonly max: number;
}

export interface WorstOrigin {
  readonly origin: string;
  readonly n: number;
  readonly meanDelay: string;
}

export interface StateFigures {
  readonly state: string;
  readonly n: number;
  readonly sumDelay: number;
  readonly late: number;
}

export interface RouteFigures {
  /** `LAX-PHX` */
  readonly route: string;
  readonly n: number;
}

/** A flight with the states of its two ends; `(unmatched)` for a code that no airport has. */
export interface JoinedFlight extends Flight {
  readonly originState: string;
  readonly destinationState: string;
}

/** Codes that no airport has, each once, sorted. */
export interface Unmatched {
  readonly origins: readonly string[];
  readonly destinations: readonly string[];
}

export interface Total {
  readonly n: number;
  readonly sumDelay: number;
  readonly late: number;
  readonly sumDistance: number;
  readonly minDelay: number;
  readonly maxDelay: number;
  readonly earliest: string;
  readonly latest: string;
}

/** Everything the report and the page show. */
export interface Figures {
  /** Minutes. */
  readonly lateAfter: number;
  readonly minFlights: number;
  readonly total: Total;
  readonly byMonth: readonly MonthFigures[];
  readonly byDay: readonly DayFigures[];
  readonly byOrigin: readonly OriginFigures[];
  readonly byState: readonly StateFigures[];
  readonly byRoute: readonly RouteFigures[];
  readonly worst: readonly WorstOrigin[];
  readonly unmatched: Unmatched;
  readonly airports: ReadonlyMap<string, Airport>;
}
