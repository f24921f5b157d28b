/** The words that may follow `dp schedule`, with what each does; any other word is a pipeline file for the daemon. */
export const SCHEDULE_VERBS = {
  status: 'what daemons and runners do',
  stop: 'end the daemon',
  reload: 'read the pipeline files again',
  install: 'print a unit of systemd',
  list: 'list triggers',
  next: 'print the next ticks',
  history: 'print what became of ticks',
  pause: 'let no tick of a trigger start a run',
  resume: 'end a pause',
  fire: 'make a tick by hand',
} as const;
export type ScheduleVerb = keyof typeof SCHEDULE_VERBS;

export const isScheduleVerb = (word: string): word is ScheduleVerb =>
  Object.hasOwn(SCHEDULE_VERBS, word);
