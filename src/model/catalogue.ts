/**
 * The error catalogue: every code that dp can report, its kind, what it means and how to mend it.
 * Ranges: 1xxx the pipeline file, 2xxx parameters and use, 3xxx modules and tasks, 4xxx plan,
 * 5xxx types, 6xxx run, 7xxx results, 8xxx state, 9xxx our bugs.
 */

/** What sort of failure a code stands for. Each front maps kinds to its own answers: exit codes, HTTP statuses. */
export type FaultKind =
  /** The request is malformed, or names values that do not fit. */
  | 'usage'
  /** The request names something that is not there. */
  | 'not_found'
  /** The request does not fit what is there: a file in the way, a run that has ended. */
  | 'conflict'
  /** The pipeline, its modules or its parameters' types are not sound. */
  | 'definition'
  /** The request selects no task. */
  | 'empty_selection'
  /** The code only marks warnings; nothing failed. */
  | 'warning'
  /** dp declines to execute the run: it is held, complete, or has crashed too often. */
  | 'refused'
  /** A task, or code that a task calls, failed. */
  | 'failed'
  | 'timed_out'
  | 'cancelled'
  /** The state directory, a stored result or the disk is at fault. */
  | 'storage'
  /** dp, or a program that embeds it, is at fault. */
  | 'bug';

interface CatalogueEntry {
  readonly kind: FaultKind;
  readonly title: string;
  /** Why this is an error, and what to do; a short paragraph for `dp explain`. */
  readonly explain: string;
}

const entry = (kind: FaultKind, title: string, explain: string): CatalogueEntry => ({
  kind,
  title,
  explain,
});

export const CATALOGUE = {
  DP1001: entry(
    'definition',
    'not valid YAML',
    'The file does not parse as YAML 1.2. The place is where the parser gave up; the mistake is often just before it: a tab, a missing quote, a wrong indentation.',
  ),
  DP1002: entry(
    'definition',
    'not UTF-8 text',
    'Pipeline files are UTF-8 (a byte order mark is fine). Save the file again as UTF-8.',
  ),
  DP1003: entry(
    'definition',
    'duplicate key',
    'The same key stands twice in one mapping, or a hook is called like a task. Other tools keep the last silently, which loses a task; dp refuses. Remove or rename one.',
  ),
  DP1004: entry(
    'definition',
    'unknown key',
    'The key is not part of the pipeline format. Check the spelling against `dp schema`.',
  ),
  DP1005: entry(
    'definition',
    'wrong kind of value',
    'The key exists but its value has another type or range than the format allows.',
  ),
  DP1006: entry(
    'definition',
    'not allowed in a pipeline file',
    'Tags, merge keys, several documents, deep nesting and alias bombs are refused: a pipeline file is plain data and means the same to every reader.',
  ),
  DP1007: entry(
    'definition',
    'bad name',
    'Pipelines and tasks are named [a-z][a-z0-9_-]* (tasks may also use upper case after the first letter), at most 100 characters: names become folders and topics.',
  ),
  DP1008: entry('definition', 'missing key', 'A key that the format requires is not there.'),
  DP1009: entry(
    'definition',
    'bad expression',
    'What stands between ${ and } is a CEL expression (https://cel.dev). It did not parse, or uses a name that does not exist there.',
  ),
  DP1010: entry(
    'definition',
    'bad schedule',
    'A cron expression has five fields (or six with seconds); its zone is an IANA name; and it has to be able to fire.',
  ),
  DP1011: entry('definition', 'empty pipeline', 'The file holds no mapping with a name and tasks.'),
  DP2001: entry(
    'usage',
    'usage',
    'The command line does not fit the command. `dp COMMAND --help` shows its arguments with examples.',
  ),
  DP2002: entry('not_found', 'file not found', 'There is no file at that path.'),
  DP2003: entry('usage', 'unknown parameter', 'The pipeline declares no parameter of that name.'),
  DP2004: entry(
    'usage',
    'bad parameter value',
    "The value does not fit the parameter's JSON Schema.",
  ),
  DP2005: entry(
    'usage',
    'missing parameter',
    'The parameter has no default, so -p NAME=VALUE is needed.',
  ),
  DP2006: entry('not_found', 'unknown task', 'No task of that name is in the pipeline.'),
  DP2007: entry(
    'not_found',
    'unknown run',
    'No run of that id is in the state directory. `dp runs` lists them.',
  ),
  DP2008: entry('not_found', 'no such result', 'The task has no stored result in that run.'),
  DP2009: entry('not_found', 'unknown pipeline', 'No pipeline of that name was found.'),
  DP2010: entry(
    'conflict',
    'file in the way',
    '`dp init` never overwrites. Name an empty folder, or move the file away.',
  ),
  DP2011: entry(
    'usage',
    'archive not usable',
    'The file is not an archive that `dp export` made, or not all of it: torn, altered, or with names, links or sizes that no such archive has. Nothing of it was taken in.',
  ),
  DP3001: entry(
    'definition',
    'module not found',
    'The pattern under `modules:` matches no file, or a module imports something that is not there.',
  ),
  DP3002: entry(
    'definition',
    'module does not load',
    'Importing the module threw. Task modules should do no work at import time.',
  ),
  DP3003: entry(
    'definition',
    'module outside the project',
    'Task modules are .ts, .mts, .cts, .js, .mjs or .cjs files inside the project; URLs and built-in modules are refused before anything is imported.',
  ),
  DP3004: entry(
    'definition',
    'task not registered',
    'The pipeline names a task that none of its modules exports or registers.',
  ),
  DP3005: entry(
    'definition',
    'task registered twice',
    'Two modules register the same name; rename one, or give it `name:`.',
  ),
  DP3006: entry('definition', 'bad task options', 'The options given to task() do not fit.'),
  DP3007: entry(
    'definition',
    'module takes too long to load',
    'Importing the module did not end in time. Task modules should do no work at import time.',
  ),
  DP4001: entry(
    'definition',
    'cycle',
    'Tasks wait for each other in a ring, so none could ever start. Remove one of the edges named.',
  ),
  DP4002: entry(
    'definition',
    'missing dependency',
    'A task needs a task that is not in the pipeline.',
  ),
  DP4003: entry(
    'empty_selection',
    'nothing selected',
    'The selection matches no task. An empty selection is an error so that a typing mistake cannot pass as success.',
  ),
  DP4004: entry(
    'definition',
    'unknown input',
    'An input or `with` value names a parameter that the task does not have.',
  ),
  DP4005: entry(
    'definition',
    'missing input',
    'A required parameter of the task is supplied by no upstream task and no `with` value.',
  ),
  DP4006: entry(
    'definition',
    'input supplied twice',
    'A parameter is fed by more than one of needs, inputs and with.',
  ),
  DP4007: entry(
    'definition',
    'same pipeline name twice',
    'Pipeline names are unique in a project, as they name runs and triggers.',
  ),
  DP4008: entry(
    'definition',
    'no result to feed',
    'With --only, tasks outside the selection do not run: their last stored results feed the selected ones. This one has no stored result.',
  ),
  DP4009: entry(
    'warning',
    'uneven shards',
    'With --shard, tasks that need each other stay on one machine, so a shard may hold more than its share, or nothing. This is a warning: every task is in exactly one shard, and an empty one succeeds.',
  ),
  DP4010: entry(
    'warning',
    'input that is not declared',
    'The text of a module shows that it reads an environment variable that is not under `env:`, or opens a file. Tasks see only declared variables, and what is read past parameters and upstream results is no part of a cache key: a stored result may be used although it changed. A warning, shown by --why, `dp why` and --strict.',
  ),
  DP4011: entry(
    'definition',
    'no such pipeline file',
    'The file under `pipeline:` of a task is not there. Its path is relative to the file that names it.',
  ),
  DP4012: entry(
    'definition',
    'pipelines in a ring',
    'Pipelines run each other as tasks in a ring, or more than 16 deep, so a run would never end. Remove one of the tasks named.',
  ),
  DP5001: entry(
    'definition',
    'type mismatch on an edge',
    "What the upstream task gives is not assignable to the parameter that receives it, by TypeScript's own rules.",
  ),
  DP5002: entry(
    'definition',
    'type mismatch of a value',
    'A value under `with` does not fit the type of the parameter.',
  ),
  DP5003: entry(
    'definition',
    'any on an edge',
    'With --strict, an edge whose type is any or unknown is reported, as nothing could be checked.',
  ),
  DP5004: entry(
    'definition',
    'type cannot cross',
    'Functions, sockets and other live objects cannot be stored or sent between threads.',
  ),
  DP5005: entry(
    'definition',
    'type checker not available',
    'The compiler could not be started, so edges were not checked.',
  ),
  DP5006: entry(
    'failed',
    'value does not fit',
    'A value that the compiler could not see beforehand (computed by an expression, given by a task whose type is any, stored by an earlier version of the code) does not fit the schema of the parameter, or a schema that the task gives itself refuses it. The path inside the value is named. Mend what gives the value; a result of an earlier run is made anew without --only.',
  ),
  DP6001: entry(
    'failed',
    'task failed',
    'The task threw, or its command ended with a code other than 0.',
  ),
  DP6002: entry(
    'failed',
    'task timed out',
    'The attempt did not end within its timeout and was stopped.',
  ),
  DP6003: entry(
    'failed',
    'worker crashed',
    'The thread or process that ran the task died: process.exit, out of memory, a native abort.',
  ),
  DP6004: entry(
    'refused',
    'run held by another process',
    'Another dp process is executing this run.',
  ),
  DP6005: entry('timed_out', 'run timed out', 'The run reached its own timeout.'),
  DP6006: entry(
    'cancelled',
    'run cancelled',
    'The run was cancelled; `dp resume` goes on from what succeeded.',
  ),
  DP6007: entry(
    'definition',
    'changed since the run',
    'The pipeline or its code is not what the run was started with.',
  ),
  DP6008: entry(
    'refused',
    'nothing to go on with',
    'A run that succeeded is not resumed. `dp run` begins a new one.',
  ),
  DP6009: entry(
    'conflict',
    'run has ended',
    'Only a run that waits, is under way or has crashed can be cancelled. `dp runs` shows which do.',
  ),
  DP6010: entry(
    'failed',
    'task timed out in all',
    'The task did not come to its end within `total_timeout`, which counts from the start of its first attempt: attempts and the waits between them.',
  ),
  DP6011: entry(
    'failed',
    'task waited too long',
    'The task was ready, and found no free slot within its `queue_timeout`. Raise -j or the size of its pool, or allow it to wait longer.',
  ),
  DP6012: entry(
    'failed',
    'task gave no sign of life',
    'For as long as `heartbeat` says, the attempt neither called ctx.heartbeat() or ctx.progress(), nor logged, printed or yielded anything, so it was stopped. A task that works silently calls ctx.heartbeat() now and then.',
  ),
  DP6020: entry(
    'refused',
    'crashed too often',
    'The run took several processes with it, one after the other; going on by itself would not end. `dp resume` goes on all the same.',
  ),
  DP6101: entry(
    'usage',
    'bad topic',
    'A topic is segments joined by dots, such as data.flights.arrived: no segment is empty, control characters are refused, 1,024 characters at most. Only a pattern may hold wildcards, each as a whole segment: * is exactly one segment, ** any number.',
  ),
  DP6102: entry(
    'bug',
    'closed',
    'The broker or queue was closed, by this end or the other, so nothing more goes in; and what it still held has been read.',
  ),
  DP6103: entry(
    'failed',
    'subscriber too slow',
    'A subscription with overflow "fail" was full when the next event came, so it ended. Read faster, raise its capacity, or choose drop_oldest or block.',
  ),
  DP6104: entry(
    'bug',
    'would block for ever',
    'A blocking put or get would have stopped the only thread that could have ended the wait. Use the asynchronous put or get, or give the other end to another thread.',
  ),
  DP6105: entry(
    'failed',
    'queue wait timed out',
    'A blocking put or get waited as long as it was allowed to. Nothing was put or taken.',
  ),
  DP6106: entry(
    'usage',
    'bad capacity',
    'The capacity of a queue or subscription is a whole number from 1 to 1,000,000,000.',
  ),
  DP6107: entry(
    'usage',
    'no pipe to the process',
    "A process queue is opened on a pipe of the child's stdio: 'pipe' at a place from 3 on when it is spawned, the same place at both ends. Windows has no such pipes.",
  ),
  DP7001: entry(
    'failed',
    'result cannot be stored',
    'A result is data: structured-clone values, bytes or text, at most 1,000 levels deep. The path inside the value is named. Functions, promises, sockets and proxies cannot be kept. An instance of a class keeps its own data and loses its methods; one whose data cannot be reached (URL, Headers) is refused: return its text or a plain object instead.',
  ),
  DP7002: entry(
    'storage',
    'result missing or altered',
    'The stored result is not there, or does not match its checksum. It counts as absent and is recomputed.',
  ),
  DP7003: entry('usage', 'unsafe name', 'A run, task or result name would leave its folder.'),
  DP7004: entry(
    'failed',
    'result not reproducible',
    'With --verify-cache a task gave another result than the one stored under the same key: it depends on something that is no part of the key, such as the clock, chance, the network, a file that it opens or a variable that is not declared. The new result took the place of the old one.',
  ),
  DP7005: entry(
    'failed',
    'stream broke off',
    'A task was reading a stream while another one wrote it, and that one failed, crashed or was stopped. The attempt that read it does not count: it starts anew with the stream, or ends upstream_failed with it.',
  ),
  DP8001: entry(
    'storage',
    'state directory not usable',
    'The state directory cannot be read or written, is reached through a symbolic link, or holds the database of another program. Check its permissions, or name another one with --state-dir.',
  ),
  DP8002: entry(
    'storage',
    'disk failure',
    'The operating system refused a write or a read: no space, no permission, or a failing disk. What was recorded before stays; once the cause is gone, `dp resume` goes on.',
  ),
  DP8003: entry(
    'storage',
    'state written by a newer dp',
    'The state database has a newer schema than this dp knows. Update dp, or keep the state of this one elsewhere with --state-dir.',
  ),
  DP8004: entry(
    'storage',
    'state database damaged',
    'SQLite reports that the state database is not intact. Move state.db, state.db-wal and state.db-shm aside: stored results stay, the record of runs starts anew.',
  ),
  DP8005: entry(
    'storage',
    'state database stays locked',
    'Processes share the state database by turns of milliseconds. One of them has held its turn for a minute: it is most likely stopped (Ctrl-Z, a debugger). Let it go on or end it; nothing is lost.',
  ),
  DP9001: entry(
    'bug',
    'a bug in dp',
    'This should be impossible. Please report it with the text above.',
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type DiagnosticCode = keyof typeof CATALOGUE;
