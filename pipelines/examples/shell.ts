/** What a shell task gives to the tasks behind it. */
interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A plain exported function is a task too. */
export function summary({
  write,
  count,
  folder,
}: {
  write: CommandResult;
  count: CommandResult;
  folder: CommandResult;
}): string {
  const words = write.stdout.trimEnd().split('\n');
  return `${count.stdout.trim()} words in ${folder.stdout}, the last is "${words.at(-1)}"`;
}
