/** What arguments and options that many commands take may be. */
export const A_RUN = 'id of the run, the beginning of it, or `last`';
