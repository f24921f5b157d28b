/** Faults of a Kafka server, whose messages say what to do. The errors of the client contain no password. */
import { Fault } from '../model/fault.ts';

/** Answers of a server that lets nobody in, is still starting, has started again since it was last asked, or is no longer the one to ask. */
const NOT_SERVING =
  /^(?:(?:UNSUPPORTED_|ILLEGAL_)?SASL|(?:COORDINATOR|LEADER|BROKER)_NOT_AVAILABLE$|COORDINATOR_LOAD_IN_PROGRESS$|NOT_COORDINATOR$|NOT_LEADER_OR_FOLLOWER$|(?:FENCED|UNKNOWN)_LEADER_EPOCH$)/;

/** The client wraps the answer of the server in errors about its attempts. */
export function kafkaFault(error: unknown, shown: string): Fault {
  if (error instanceof Fault) return error;
  const innermost = innermostOf(error);
  const { message } = innermost;
  const id = answerIn(innermost);
  const isRefusal = id !== '' && !NOT_SERVING.test(id);
  const said = isRefusal ? 'refused' : 'cannot be used';
  return new Fault(isRefusal ? 'DP6125' : 'DP6121', `the broker ${shown} ${said}: ${message}`, {
    hint: hintFor(id, message),
    cause: error,
  });
}

export function isTopicThere(error: unknown): boolean {
  return answerIn(innermostOf(error)) === 'TOPIC_ALREADY_EXISTS';
}

/** The members of a durable subscriber are about to share the partitions anew; that is no failure. */
export function isRebalance(error: unknown): boolean {
  const answer = answerIn(innermostOf(error));
  return /^(?:ILLEGAL_GENERATION|UNKNOWN_MEMBER_ID|REBALANCE_IN_PROGRESS)$/.test(answer);
}

/** Returns the name of the server's answer; empty when the error is none. */
function answerIn(error: Error): string {
  return 'apiId' in error ? String(error.apiId) : '';
}

function innermostOf(error: unknown): Error {
  let at: unknown = error;
  for (let depth = 0; depth < 20; depth++) {
    const inner: unknown =
      at instanceof AggregateError && at.errors.length > 0
        ? at.errors.at(-1)
        : at instanceof Error
          ? at.cause
          : undefined;
    if (!(inner instanceof Error)) break;
    at = inner;
  }
  return at instanceof Error ? at : new Error(String(at));
}

function hintFor(id: string, message: string): string {
  if (/AUTHORIZATION_FAILED/.test(id))
    return 'allow the user to write, read and describe the topic, and to read its groups';
  if (id === 'MESSAGE_TOO_LARGE')
    return 'raise max.message.bytes of the topic, or publish less data';
  if (/SASL|[Aa]uthentication/.test(id + message))
    return 'check the user, the password and sasl (plain, scram-sha-256, scram-sha-512) in the address';
  if (/certificate|self.signed|altname|unable to verify/i.test(message))
    return 'name the file of the authority that signed the certificate as ca in the address';
  return 'check that the server runs, that hosts and ports are right, and that both sides use TLS (tls=true) or neither';
}
