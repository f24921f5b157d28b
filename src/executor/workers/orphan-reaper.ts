/**
 * Ends what dp started when dp itself is killed: a small process of its own hears which groups and processes are at work,
 * and kills those that are left when it hears no more. Processes with tasks need none: they watch dp themselves.
 */
import { spawn, type ChildProcess } from 'node:child_process';

/**
 * A line is a target that began (`+ 42`) or ended (`- 42`). A negative one is a process group, as for kill(2).
 * A positive one is a process: what descends from it is killed with it where the system tells, unless it leads a group
 * of its own. Each process is stopped first, so that it starts nothing more.
 */
const KEEPER = `trap '' HUP INT TERM
tree() {
  kill -STOP "$1"
  for list in /proc/"$1"/task/*/children; do
    children=
    read -r children < "$list"
    for child in $children; do
      leads "$child" || tree "$child"
    done
  done
  kill -KILL "$1"
}
leads() {
  read -r line < "/proc/$1/stat" || return
  pid=$1
  set -- \${line##*) }
  test "$pid" = "$3"
}
targets=' '
while read -r change target; do
  case $change in
    +) targets="$targets$target " ;;
    -) case $targets in *" $target "*) targets="\${targets%%" $target "*} \${targets#*" $target "}" ;; esac ;;
  esac
done
for target in $targets; do
  case $target in
    -*) kill -KILL "$target" ;;
    *) tree "$target" ;;
  esac
done
`;

export class OrphanReaper {
  #keeper: ChildProcess | undefined;

  /** Starts to watch. It is called before a command begins, so that dp is not killed in between. */
  start(): void {
    this.#keeper ??= this.#spawn();
  }

  /** Takes the number of a process, or that of a process group, negated. */
  began(target: number): void {
    this.start();
    this.#keeper?.stdin?.write(`+ ${target}\n`);
  }

  ended(target: number): void {
    this.#keeper?.stdin?.write(`- ${target}\n`);
  }

  /** Kills what has not ended. */
  close(): void {
    this.#keeper?.stdin?.end();
    this.#keeper = undefined;
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
