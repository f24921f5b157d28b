/** Topics as types: which topics a pattern can match, by the same rules as `topicMatches`. */
import type { Event, LifecycleData } from '../model/event.ts';

/** Topics and the data of their events. The default says nothing about any topic. */
export type Topics = Readonly<Record<string, unknown>>;

/** The topics of runs, for a broker that receives the events of runs: `createBroker<RunTopics & { … }>()`. */
export type RunTopics = { readonly [T in keyof LifecycleData]: LifecycleData[T] };

/** The events that a subscription to the pattern can receive; `never` when the pattern matches no declared topic. */
export type EventOf<T extends object, Pattern extends string = string> = {
  [Topic in keyof T & string]: Matches<Pattern, Topic> extends true
    ? Event<T[Topic]> & { readonly topic: Topic }
    : never;
}[keyof T & string];

/** Tells whether the pattern can match the topic. What is only known as a text can. */
export type Matches<Pattern extends string, Topic extends string> = string extends Pattern
  ? true
  : string extends Topic
    ? true
    : SegmentsMatch<Segments<Pattern>, Segments<Topic>>;

type Segments<Text extends string> = Text extends `${infer First}.${infer Rest}`
  ? [First, ...Segments<Rest>]
  : [Text];

type SegmentsMatch<
  Wanted extends readonly string[],
  Given extends readonly string[],
> = Wanted extends readonly ['**', ...infer Rest extends readonly string[]]
  ? SegmentsMatch<Rest, Given> extends true
    ? true
    : Given extends readonly [string, ...infer Left extends readonly string[]]
      ? SegmentsMatch<Wanted, Left>
      : false
  : Wanted extends readonly [infer First extends string, ...infer Rest extends readonly string[]]
    ? Given extends readonly [infer Segment extends string, ...infer Left extends readonly string[]]
      ? CanBe<First, Segment> extends true
        ? SegmentsMatch<Rest, Left>
        : false
      : false
    : Given extends readonly []
      ? true
      : false;

type CanBe<Wanted extends string, Segment extends string> = Wanted extends '*' | Segment
  ? true
  : false;
