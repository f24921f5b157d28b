/**
 * The conversation between a queue's home, which holds the values, and one of its ends, wherever that is.
 *
 * An end asks for a turn. The home gives turns in the order in which they were asked for: a sender's turn is a free place, a receiver's
 * is a value. The end then uses the turn, which puts its value into the place or takes the value out of the queue, or cancels it.
 * When an end is gone, the home takes back every turn that it has not used. So a process that dies at any byte leaves no place
 * occupied and loses no value that it had not taken; and an end that has lost interest never takes a value by mistake.
 */
export interface Message {
  readonly kind: MessageKind;
  /** Number of the turn; each end counts its own. */
  readonly turn: number;
  /** The serialized value where the kind of message has one, else empty. */
  readonly value: Uint8Array;
}

export const MESSAGE_KINDS = ['ask', 'give', 'use', 'cancel'] as const;
type MessageKind = (typeof MESSAGE_KINDS)[number];

export const NO_VALUE = new Uint8Array(0);

/** One side of the connection between a home and an end. Messages arrive in order, and none is lost while both sides live. */
export interface QueueLink {
  /** True when both sides are on this thread. */
  readonly isDirect: boolean;
  /** Starts to pass on what arrives. Called once, before anything else. */
  listen(listener: LinkListener): void;
  /** Calls `sent` when the message will arrive even if this side dies at once; it never does so when the link ends before. */
  send(message: Message, sent?: () => void): void;
  /** Passes on what has arrived, and sends what is left to send, without the event loop. Returns false when nothing had arrived. */
  poll(): boolean;
  /** Sends what is left to send, then ends the link. */
  close(): void;
  /** Lets the link keep the process alive, which it does not do at first. */
  ref(): void;
  unref(): void;
}

export interface LinkListener {
  heard(message: Message): void;
  /** Nothing more arrives. It may be called more than once. */
  ended(): void;
}
