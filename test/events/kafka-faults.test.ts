import { expect, test } from 'vitest';
import { kafkaFault } from '../../src/events/kafka-faults.ts';

const answer = (apiId: string): Error =>
  new Error('the request failed', { cause: Object.assign(new Error(apiId), { apiId }) });

test.each([
  ['COORDINATOR_LOAD_IN_PROGRESS', 'DP6121'],
  ['COORDINATOR_NOT_AVAILABLE', 'DP6121'],
  ['NOT_LEADER_OR_FOLLOWER', 'DP6121'],
  ['FENCED_LEADER_EPOCH', 'DP6121'],
  ['SASL_AUTHENTICATION_FAILED', 'DP6121'],
  ['ILLEGAL_SASL_STATE', 'DP6121'],
  ['TOPIC_AUTHORIZATION_FAILED', 'DP6125'],
  ['MESSAGE_TOO_LARGE', 'DP6125'],
])('the answer %s is told as %s', (id, code) => {
  expect(kafkaFault(answer(id), 'kafka://host/events').code).toBe(code);
});

test('an error that is no answer is told as DP6121', () => {
  expect(kafkaFault(new Error('connect ECONNREFUSED'), 'kafka://host/events').code).toBe('DP6121');
});
