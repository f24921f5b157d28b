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

  /** Kills the groups that have not ended. */
  close(): void {
    this.#keeper?.stdin?.end();
  }

  /** Spawns the keeper in its own process group, which signals to dp's group do not reach, and outside of user folders. */
  #spawn(): ChildProcess {
    const keeper = spawn('/bin/sh', ['-c', KEEPER], {
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    keeper.unref();
    // Commands also run without the keeper; the next one tries to start it again.
    keeper.on('error', () => (this.#keeper = undefined));
    keeper.stdin?.on('error', () => undefined);
    return keeper;
  }
}
