/** Thrown by a task that knows another attempt cannot help: it fails at once, whatever `maxRetries` says. */
export class NonRetryableError extends Error {
  override readonly name = 'NonRetryableError';
}
