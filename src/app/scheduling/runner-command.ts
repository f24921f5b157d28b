/** The hidden command that the daemon starts its runners with. */
export const RUNNER_COMMAND = 'schedule-runner';
