/** The reason why an attempt failed. */
export const FAILURE_REASONS = ['failed', 'timed_out', 'crashed'] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];
