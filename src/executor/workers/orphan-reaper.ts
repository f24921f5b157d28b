/**
 * What becomes of commands when dp is killed: a small process of its own hears which groups are at work, and kills
 * those that are left when it hears no more. Functions need none: threads die with dp, processes watch it themselves.
 */
import { spawn, type ChildProcess } from 'node:child_process';

/** A line is a group that began (`+ 42`) or ended (`- 42`). */
const KEEPER = `trap '' HUP INT TERM
groups=' '
while read -r change group; do
  case $change in
    +) groups="$groups$group " ;;
    -) groups="\${groups%%" $group "*} \${groups#*" $group "}" ;;
  esac
done
for group in $groups; do kill -KILL "-$group" 2> /dev/null; done
`;

export class OrphanReaper {
  #keeper: ChildProcess | undefined;

  /** Called before a command begins, so that dp is not killed while nobody watches. */
  start(): void {
    this.#keeper ??= this.#spawn();
  }

  began(group: number): void {
    this.#keeper?.stdin?.write(`+ ${group}\n`);
  }

  ended(group: number): void {
    this.#keeper?.stdin?.write(`- ${group}\n`);
  }

  /** What has not ended by now is killed. */
  close(): void {
    this.#keeper?.stdin?.end();
  }

  /** In a group of its own, which no signal to that of dp reaches, and in no folder that somebody may want to remove. */
  #spawn(): ChildProcess {
    const keeper = spawn('/bin/sh', ['-c', KEEPER], {
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    keeper.unref();
    // Without it commands run as well; the next one tries again.
    keeper.on('error', () => (this.#keeper = undefined));
    keeper.stdin?.on('error', () => undefined);
    return keeper;
  }
}
