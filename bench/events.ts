/** Measures how fast the broker delivers events, and how fast it finds the patterns of a topic. */
import { EventEmitter } from 'node:events';
import Emittery from 'emittery';
import EventEmitter2 from 'eventemitter2';
import type { Broker } from '../src/events/broker.ts';
import { MemoryBroker } from '../src/events/memory.ts';
import { MemoryQueue } from '../src/events/queues/memory-queue.ts';
import { Routes } from '../src/events/routes.ts';
import { TopicTrie } from '../src/events/topic-trie.ts';
import type { Event } from '../src/model/event.ts';
import { compare, type Subject } from './measure.ts';

const EVENTS = 100_000;
const TASK_EVENT: Event = {
  v: 1,
  id: 'e1',
  topic: 'run.task.succeeded',
  time: 0,
  runId: 'r1',
  task: 'clean',
  data: null,
};

await compare(
  'One publisher, one ** subscriber (budget 5,000,000 events/s)',
  {
    'dp broker, read with for await': () => throughBroker(1),
    'dp broker, ten subscribers, deliveries': () => throughBroker(10),
    'dp queue in memory, put and get': throughQueue,
    'node EventEmitter, which calls the listener': throughEmitter,
    'eventemitter2 with wildcards, which calls the listener': throughEmitter2,
    'emittery, which awaits the listener': throughEmittery,
  },
  { runs: 5, unit: 'events', given: { "the seeds' figure": 100_000 } },
);
for (const count of [10, 1_000, 10_000]) {
  await compare(
    `A topic against ${count.toLocaleString('en-US')} patterns (budget 2,000,000 topics/s at 10,000)`,
    matchers(count),
    { runs: 5, unit: 'topics', given: { "the seeds' figure": 50_000 } },
  );
}

/** Every subscriber gets every event; the publisher waits where there is no room. */
async function throughBroker(subscribers: number): Promise<number> {
  await using broker: Broker = new MemoryBroker();
  const events = EVENTS / subscribers;
  const readers = Array.from({ length: subscribers }, async () => {
    let left = events;
    for await (const _ of broker.subscribe('**', { overflow: 'block' })) if (--left === 0) break;
  });
  for (let i = 0; i < events; i++) {
    const room = broker.publish(TASK_EVENT.topic, TASK_EVENT);
    if (room !== undefined) await room;
  }
  await Promise.all(readers);
  return EVENTS;
}

async function throughQueue(): Promise<number> {
  const queue = new MemoryQueue<Event>({ capacity: 1024 });
  const [sender, receiver] = [queue.sender(), queue.receiver()];
  const putting = (async () => {
    for (let i = 0; i < EVENTS; i++) await sender.put(TASK_EVENT);
    sender.close();
  })();
  let got = 0;
  for await (const _ of receiver) got++;
  await putting;
  return got;
}

function throughEmitter(): number {
  const emitter = new EventEmitter();
  let heard = 0;
  emitter.on('event', () => heard++);
  for (let i = 0; i < EVENTS; i++) emitter.emit('event', TASK_EVENT);
  return heard;
}

function throughEmitter2(): number {
  const emitter = new EventEmitter2.EventEmitter2({ wildcard: true });
  let heard = 0;
  emitter.on('**', () => heard++);
  for (let i = 0; i < EVENTS; i++) emitter.emit(TASK_EVENT.topic, TASK_EVENT);
  return heard;
}

async function throughEmittery(): Promise<number> {
  const emitter = new Emittery<Record<string, Event>>();
  const events = EVENTS / 10;
  let heard = 0;
  emitter.onAny(() => void heard++);
  for (let i = 0; i < events; i++) await emitter.emit(TASK_EVENT.topic, TASK_EVENT);
  return heard;
}

/** Returns topics and patterns as sources, pipelines and tasks give them; a topic has a handful of matches, whatever the count. */
function matchers(count: number): Record<string, Subject> {
  const patterns = Array.from({ length: count }, (_, n) => patternOf(n));
  const trie = new TopicTrie<string>();
  const routes = new Routes<string>();
  for (const pattern of patterns) {
    trie.add(pattern, pattern);
    routes.add(pattern, pattern);
  }
  const expressions = patterns.map(expressionOf);
  const topics = Array.from({ length: 20_000 }, (_, n) => topicOf(n));
  const common = topics.slice(0, 1_000);
  const few = topics.slice(0, Math.max(20, 200_000 / count));
  for (const topic of few) checkAgreement(topic, trie, expressions);
  return {
    'dp trie, nothing remembered': () => each(topics, (topic) => trie.match(topic)),
    'dp routes, 1,000 topics met again and again': () =>
      each(topics, (_, n) => routes.to(common[n % 1_000]!)),
    'a regular expression for each pattern': () =>
      each(few, (topic) => expressions.filter((expression) => expression.test(topic))),
  };
}

function each(
  topics: readonly string[],
  find: (topic: string, n: number) => readonly unknown[],
): number {
  let found = 0;
  topics.forEach((topic, n) => (found += find(topic, n).length));
  if (found === 0) throw new Error('a benchmark that finds nothing measures nothing');
  return topics.length;
}

function checkAgreement(topic: string, trie: TopicTrie<string>, expressions: RegExp[]): void {
  const wanted = expressions.filter((expression) => expression.test(topic)).length;
  if (trie.match(topic).length !== wanted) throw new Error(`${topic} is matched differently`);
}

function patternOf(n: number): string {
  const shapes = [
    `data.source${n}.arrived`,
    `data.source${n}.*`,
    `run.**.task${n}.failed`,
    `**.late${n}`,
  ];
  return shapes[n % shapes.length]!;
}

function topicOf(n: number): string {
  const shapes = [
    `data.source${n % 10_000}.arrived`,
    `run.pipeline${n % 7}.task${n % 10_000}.failed`,
    `data.source${n % 10_000}.late${n % 10_000}`,
    `schedule.tick.fired`,
  ];
  return shapes[(n >> 2) % shapes.length]!;
}

function expressionOf(pattern: string): RegExp {
  const source = pattern
    .split('.')
    .map((segment) => ({ '*': '[^.]+', '**': '.*' })[segment] ?? segment)
    .join('\\.')
    .replaceAll('.*\\.', '(?:.*\\.)?');
  return new RegExp(`^${source}$`);
}
