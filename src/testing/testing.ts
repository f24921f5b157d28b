/**
 * Testing: a task or an adapter comes in, and what it does goes out, or throws when it breaks a contract.
 * It belongs to no test runner: contracts are rows of a title and a function.
 */
export { brokerContract } from './broker-contract.ts';
export type { BrokerWorld } from './broker-world.ts';
export type { ContractRow } from './contract-row.ts';
export { ioContract } from './io-contract.ts';
export { queueContract } from './queue-contract.ts';
export type { QueueKind, QueueShape, TestedEnd, TestedQueue } from './queue-contract.ts';
export { obey, obeyAll } from './queue-peer.ts';
export type { QueueCall, EndKind, OpenEnd, Order, Reply } from './queue-peer.ts';
export { runTask } from './run-task.ts';
export type { TaskOutcome, TaskSurroundings } from './run-task.ts';
