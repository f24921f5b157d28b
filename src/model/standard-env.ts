/** Environment variables that every task sees, declared or not. */
export const isStandardVariable = (name: string): boolean =>
  /^(?:PATH|HOME|LANG|LC_[A-Z_]+|TZ|TMPDIR)$/.test(name);
