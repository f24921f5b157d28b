/** The daemons and runners of one state, and which of the daemons leads. */
import type { Owner } from '../model/event.ts';
import type { Instant } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';

/** Records of processes that are gone count for nothing, and disappear with the next entry. */
export interface Processes {
  /** Puts this process on record, and returns its number. */
  enter(process: Omit<ProcessRecord, 'n' | 'leads'>): number;
  /** Takes the process off the record, with its lead. */
  leave(n: number): void;
  /**
   * Sends a heartbeat for those who cannot see this process, see `BEAT_EVERY_MS`, and replaces what it says of itself if anything
   * is given. Returns false when the process is no longer on record.
   */
  beat(n: number, told?: JsonObject): boolean;
  /** Returns the living processes, the oldest first. */
  list(): ProcessRecord[];
  /**
   * Takes or keeps the lead, and returns its fencing number, which rises with each new leader: whoever writes on behalf of an
   * earlier one is refused. Returns undefined while another living process leads.
   */
  lead(n: number): number | undefined;
}

export interface ProcessRecord {
  readonly n: number;
  readonly kind: 'daemon' | 'runner';
  readonly owner: Owner;
  readonly since: Instant;
  /** Version of dp. */
  readonly version: string;
  readonly leads: boolean;
  /** What the process says of itself. */
  readonly told?: JsonObject;
}
