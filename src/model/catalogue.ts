/**
 * The error catalogue: every code that dp can report, its kind, what it means and how to fix it.
 * Ranges: 1xxx the pipeline file, 2xxx parameters and use, 3xxx modules and tasks, 4xxx plan,
 * 5xxx types, 6xxx run, 7xxx results, 8xxx state, 9xxx our bugs.
 */
import type { Hint } from './hint.ts';

/** Kind of failure that a code stands for. Each front end maps kinds to its own answers: exit codes, HTTP statuses. */
export type FaultKind =
  /** The request is malformed, or names values that do not fit. */
  | 'usage'
  /** The request names something that is not there. */
  | 'not_found'
  /** The request conflicts with what exists: a file in the way, a run that has ended. */
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
  /** Whole sentences that say why this is an error and, unless `remedy` does, how to fix it. */
  readonly explain: string;
  readonly remedy?: Hint;
}

export const CATALOGUE = {
  DP1001: entry(
    'definition',
    'not valid YAML',
    'The file does not parse as YAML 1.2. The place is where the parser gave up; the mistake is often just before it: a tab, a missing quote, a wrong indentation.',
  ),
  DP1002: entry(
    'definition',
    'not UTF-8 text',
    'Pipeline files are UTF-8; a byte order mark is allowed. Save the file again as UTF-8.',
  ),
  DP1003: entry(
    'definition',
    'duplicate key',
    'The same key appears twice in one mapping, or a hook has the name of a task. Other tools silently keep the last one, which loses a task. Remove or rename one of them.',
  ),
  DP1004: entry('definition', 'unknown key', 'The key is not part of the pipeline format.', {
    do: 'readSchema',
  }),
  DP1005: entry(
    'definition',
    'wrong kind of value',
    'The key exists, but the format asks for a value of another type or range. Change the value as the message says.',
  ),
  DP1006: entry(
    'definition',
    'not allowed in a pipeline file',
    'Tags, merge keys, several documents, deep nesting and aliases that multiply are refused: a pipeline file is plain data and means the same to every reader. Write the values out.',
  ),
  DP1007: entry(
    'definition',
    'bad name',
    'The names of pipelines and tasks match [a-z][a-z0-9_-]*, with at most 100 characters; tasks may also use upper case after the first letter. Names become folders and topics. Choose a name of that form.',
  ),
  DP1008: entry('definition', 'missing key', 'A key that the format requires is missing. Add it.'),
  DP1009: entry(
    'definition',
    'bad expression',
    'The text between ${ and } is a CEL expression (https://cel.dev). It does not parse, it uses a name that does not exist there, or its value is of another type than is wanted where it stands: true or false for `when`, a list for `map.over`. Correct the expression.',
  ),
  DP1010: entry(
    'definition',
    'bad schedule',
    'A cron expression has five fields, or six with seconds; its time zone is an IANA name; and it matches at least one moment. Correct the schedule.',
  ),
  DP1011: entry(
    'definition',
    'empty pipeline',
    'The file holds no mapping with a name and tasks. Add both.',
  ),
  DP1012: entry(
    'definition',
    'secret that may be seen',
    'Values of variables under `secrets:` are redacted in all that leaves a task; those under `env:` are plain. A variable under `env:` whose name ends like that of a secret (TOKEN, PASSWORD, API_KEY …) is redacted as well, so that pipelines that were written before `secrets:` existed show nothing; move it to `secrets:`, or give it another name. A value below 4 characters, and the words true, false and null, cannot be redacted; choose a longer value.',
  ),
  DP1016: entry(
    'conflict',
    'module in the way',
    'The folder `node_modules/dp` of the project holds an installed package, or something that dp did not put there, and dp replaces only its own. Use what is there, or uninstall it first.',
  ),
  DP1017: entry(
    'usage',
    'no module to install',
    'Only the single executable has the module for tests in it. Where dp came as a package or as sources, install the package into the project: it has the whole library.',
  ),
  DP2001: entry('usage', 'usage', 'The command line does not fit the command.', { do: 'readHelp' }),
  DP2002: entry(
    'not_found',
    'file not found',
    'There is no file at that path, or the current folder itself was removed. Check the path, which is relative to the current folder.',
  ),
  DP2003: entry(
    'usage',
    'unknown parameter',
    'The pipeline declares no parameter of that name. Check the spelling, or declare it under `params:`.',
  ),
  DP2004: entry(
    'usage',
    'bad parameter value',
    'The value does not fit the JSON Schema of the parameter. Give a value that does.',
  ),
  DP2005: entry(
    'usage',
    'missing parameter',
    'The parameter has no default, so every run needs a value for it.',
    [{ do: 'giveParameter' }, 'declare a default in the file'],
  ),
  DP2006: entry('not_found', 'unknown task', 'The pipeline has no task of that name.', {
    do: 'listTasks',
  }),
  DP2007: entry('not_found', 'unknown run', 'The state directory has no run of that id.', {
    do: 'listRuns',
  }),
  DP2008: entry(
    'not_found',
    'no such result',
    'The task has no stored result in that run. Name another task or run, or run the task.',
  ),
  DP2009: entry(
    'not_found',
    'unknown pipeline',
    'No pipeline of that name was found. Check the spelling, or name its file.',
  ),
  DP2010: entry(
    'conflict',
    'file in the way',
    'A new project never overwrites files. Move the file away, or use an empty folder.',
    { do: 'chooseProjectFolder' },
  ),
  DP2011: entry(
    'usage',
    'archive not usable',
    'The file is not an archive of runs that dp made, or it is incomplete or altered, or it holds names, links or sizes that no such archive has. Nothing of it was imported.',
    { do: 'exportRuns' },
  ),
  DP3001: entry(
    'definition',
    'module not found',
    'The pattern under `modules:` matches no file, or a module imports something that does not exist. Correct the path, or install the package.',
  ),
  DP3002: entry(
    'definition',
    'module does not load',
    'Importing the module threw an error, or its path has a backslash, which Node cannot load. Mend what the message names; task modules should do no work at import time.',
  ),
  DP3003: entry(
    'definition',
    'outside the project',
    'Task modules are .ts, .mts, .cts, .js, .mjs or .cjs files inside the project, and pipelines that run as tasks are files inside it, too; symbolic links are followed first. URLs and built-in modules are refused before anything is imported. Move the file into the project, or import it from a module there.',
  ),
  DP3004: entry(
    'definition',
    'task not registered',
    'The pipeline names a task that none of its modules exports or registers. Export the function, or correct the name.',
  ),
  DP3005: entry(
    'definition',
    'task registered twice',
    'Two modules register a task of the same name. Rename one, or give it `name:`.',
  ),
  DP3006: entry(
    'definition',
    'bad task options',
    'The options given to task() do not fit. Change them as the message says.',
  ),
  DP3007: entry(
    'definition',
    'module takes too long to load',
    'Importing the module did not end in time. Task modules should do no work at import time: move the work into a task.',
  ),
  DP3008: entry(
    'definition',
    'not for task modules',
    'A task module is imported in threads of dp, which read its tasks and run them. The functions that open brokers, schedulers and projects are for programs that embed dp. Call them only in the program itself, even when it is in the same file as the tasks.',
  ),
  DP3009: entry(
    'definition',
    'calendar cannot be used',
    'A trigger names a calendar that dp.yaml does not declare, or whose file cannot be read. A calendar file says which days of the week it holds, and the dates that it includes and excludes.',
  ),
  DP3010: entry(
    'definition',
    'schedule worth a look',
    'A trigger fires no more, or names a local time that a clock change leaves out within a year, or more runs begin in one minute than may go on at once. All of this is allowed: the warning says what will happen.',
  ),
  DP4001: entry(
    'definition',
    'cycle',
    'Tasks wait for each other in a cycle, so none of them could ever start. Remove one of the edges named.',
  ),
  DP4002: entry(
    'definition',
    'missing dependency',
    'A task needs a task that is not in the pipeline. Add that task, or correct the name.',
  ),
  DP4003: entry(
    'empty_selection',
    'nothing selected',
    'The selection matches no task. An empty selection is an error so that a typing mistake cannot pass as success. Correct the names or tags.',
  ),
  DP4004: entry(
    'definition',
    'unknown input',
    'An input or `with` value names a parameter that the task does not have. Correct the name, or add the parameter to the task.',
  ),
  DP4005: entry(
    'definition',
    'missing input',
    'No upstream task and no `with` value supplies a required parameter of the task. Supply it by `needs`, `inputs` or `with`.',
  ),
  DP4006: entry(
    'definition',
    'input supplied twice',
    'More than one of needs, inputs, with and map supplies a parameter. Keep one of them.',
  ),
  DP4007: entry(
    'definition',
    'same pipeline name twice',
    'Pipeline names are unique in a project, because they name runs and triggers. Rename one of the pipelines.',
  ),
  DP4008: entry(
    'definition',
    'no result to feed',
    'When only the selected tasks run, the last stored results of the others feed them. This one has no stored result. Select it too.',
  ),
  DP4009: entry(
    'warning',
    'uneven shards',
    'Tasks that need each other stay in one shard, so a shard may hold more than its share, or nothing. This is a warning: every task is in exactly one shard, and an empty shard succeeds. A smaller number of shards avoids it.',
  ),
  DP4010: entry(
    'warning',
    'undeclared input',
    'The source of a module shows that it reads an environment variable that is not under `env:`: tasks see only declared variables, so declare it. Or a cached command does not say which files it reads. What a cached function reads is noted, but nobody sees what a command reads: a stored result may be used although a file has changed. Name the files under `cache: { files: … }`, or write an empty list if there are none. This is a warning, and for such a command an error where warnings are asked to be strict.',
  ),
  DP4011: entry(
    'definition',
    'no such pipeline file',
    'The file under `pipeline:` of a task does not exist. Its path is relative to the file that names it. Correct the path.',
  ),
  DP4012: entry(
    'definition',
    'cycle of pipelines',
    'Pipelines run each other as tasks in a cycle, or more than 16 levels deep, so a run would never end. Remove one of the tasks named.',
  ),
  DP4013: entry(
    'definition',
    'unknown name under cache',
    'The list `cache.params` names a parameter that the pipeline does not have, or `cache.env` a variable that is neither under `env:` nor under `secrets:`, so no task sees it. Correct the name, or declare it.',
  ),
  DP5001: entry(
    'definition',
    'type mismatch on an edge',
    'The type that the upstream task returns is not assignable to the parameter that receives it, by the rules of TypeScript. Change one of the two types.',
  ),
  DP5002: entry(
    'definition',
    'type mismatch of a value',
    'A value under `with` does not fit the type of the parameter. Change the value or the type.',
  ),
  DP5003: entry(
    'definition',
    'any on an edge',
    'In strict mode an edge whose type is any or unknown is an error, because nothing could be checked. Write the type down, in TypeScript or as JSDoc.',
  ),
  DP5004: entry(
    'definition',
    'type cannot cross',
    'Functions, sockets and other live objects cannot be stored or sent between threads. Return plain data instead.',
  ),
  DP5005: entry(
    'definition',
    'type checker not available',
    'The compiler could not be started, so edges were not checked. The run itself does not need it; install dp with its optional dependencies.',
  ),
  DP5006: entry(
    'failed',
    'value does not fit',
    'A value does not fit the schema of the parameter, or the schema that the task itself declares. The compiler could not see the value beforehand: an expression computed it, a task whose type is any returned it, or an earlier version of the code stored it. The message names the path inside the value. Correct what supplies the value; when it is a stored result of an earlier run, run the task that made it again.',
  ),
  DP5007: entry(
    'definition',
    'output that may be absent',
    'An expression reads the output of a task, and the task with the expression may be started when that one has none: it is skipped by a condition or a trigger rule, it failed and is `fail_safe`, or the expression stands in a hook of a run that failed. Evaluating it would fail then. Ask with has(tasks.NAME.output) first, choose another trigger rule, or hand the whole output over under `with`, where it is undefined when there is none.',
  ),
  DP5008: entry(
    'definition',
    'positional parameters',
    'A task takes one object of named arguments, and its context after that: `({ rows, year }: { rows: Row[]; year: number }, ctx) => …`. The function that the pipeline names takes something else. Give it an object of named arguments, or call it from a function that has one.',
  ),
  DP6001: entry(
    'failed',
    'task failed',
    'The task threw an error, or its command ended with an exit code other than 0. Its log and the message name the cause.',
  ),
  DP6002: entry(
    'failed',
    'task timed out',
    'The attempt did not end within its `timeout` and was stopped. Raise the timeout, or make the task faster.',
  ),
  DP6003: entry(
    'failed',
    'worker crashed',
    'The thread or process that ran the task died, for example by process.exit, lack of memory or a native abort. The log of the attempt ends where it died.',
  ),
  DP6004: entry(
    'refused',
    'run held by another process',
    'Another process of dp executes this run, or the run id is taken. Wait until that process ends, or use another run id. A process in another container or on another host counts as gone when it has sent no heartbeat for 30 seconds, or for two minutes on another machine.',
  ),
  DP6005: entry(
    'timed_out',
    'run timed out',
    'The run reached the `timeout` of its pipeline. Raise the timeout, or make the run faster.',
    { do: 'resumeRun' },
  ),
  DP6006: entry(
    'cancelled',
    'run cancelled',
    'The run was cancelled. The results of the tasks that succeeded are kept.',
    { do: 'resumeRun' },
  ),
  DP6007: entry(
    'definition',
    'changed since the run',
    'The pipeline or its code has changed since the run was started, so the run cannot be resumed; or a module was edited while the run was going on, so its task cannot load it: the result would be stored as one of the planned code. Undo the change, or start a new run of the present pipeline.',
  ),
  DP6008: entry('refused', 'nothing to resume', 'A run that succeeded is not resumed.', {
    do: 'startRun',
  }),
  DP6009: entry(
    'conflict',
    'run has ended',
    'Only a run that is queued, is running or has crashed can be cancelled.',
    { do: 'listRuns' },
  ),
  DP6010: entry(
    'failed',
    'task exceeded its total timeout',
    'The task did not end within `total_timeout`, which counts from the start of its first attempt: all attempts and the delays between them. Raise it, or allow fewer retries.',
  ),
  DP6011: entry(
    'failed',
    'task exceeded its queue timeout',
    'The task was ready and found no free slot within its `queue_timeout`. Allow more tasks at once, enlarge its pool, or allow it to wait longer.',
    { do: 'runMoreTasksAtOnce' },
  ),
  DP6012: entry(
    'failed',
    'task exceeded its heartbeat',
    'For as long as `heartbeat` says, the attempt neither called ctx.heartbeat() or ctx.progress(), nor logged, printed or yielded anything, so it was stopped. A task that works silently should call ctx.heartbeat() regularly.',
  ),
  DP6013: entry(
    'failed',
    'attempt has ended',
    'Code that a task left running used its context, or called process.exit, after the attempt had ended. Such calls have no effect. Let the task await everything that it starts.',
  ),
  DP6020: entry(
    'refused',
    'crashed too often',
    'The run crashed together with several processes, one after the other, so it is not resumed automatically any more. Find out what it was doing first.',
    { do: 'resumeRun' },
  ),
  DP6021: entry(
    'refused',
    'run id of another run',
    'The id that was given for a run belongs to a run of another pipeline, plan or parameters. An id is used for one run only.',
  ),
  DP6101: entry(
    'usage',
    'bad topic',
    'A topic consists of segments joined by dots, such as data.flights.arrived. No segment is empty, control characters are refused, and the length is at most 1,024 characters. Only a pattern may hold wildcards, each as a whole segment: * is exactly one segment, ** is any number. Correct the topic.',
  ),
  DP6102: entry(
    'bug',
    'closed',
    'The broker or queue was closed, by this end or the other: it accepts nothing more, and what it still held has been read. Open a new one, or end the loop that reads or writes it.',
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
    'A blocking put or get waited as long as it was allowed to. Nothing was put or taken. Try again, or allow a longer wait.',
  ),
  DP6106: entry(
    'usage',
    'bad capacity',
    'The capacity of a queue or subscription is a whole number from 1 to 1,000,000,000. Give such a number.',
  ),
  DP6107: entry(
    'usage',
    'no pipe to the process',
    "A process queue is opened on a pipe of the child's stdio: 'pipe' at an index from 3 when the child is spawned, and the same index at both ends. Windows has no such pipes.",
  ),
  DP6108: entry(
    'failed',
    'not JSON',
    'The data of an event, the figures of a progress report and the values that a task gives another pipeline travel as JSON. The message names the path of what JSON cannot hold: a function, undefined, a BigInt, NaN, an instance of a class, or more than 1,000 levels. A figure of a progress report is a number. Give plain data instead.',
  ),
  DP6109: entry(
    'failed',
    'too much data in an event',
    'The data that a task publishes is at most 1 MiB, written as JSON: every reader of the run receives every event. Return large data as the result of the task, or publish the place where it lies.',
  ),
  DP6110: entry(
    'bug',
    'queue end opened twice',
    'An end of a queue belongs to one place: two that read the same end would take values from each other. Make an end for each thread or process, and open it once.',
  ),
  DP6111: entry(
    'failed',
    'too many events',
    'What one attempt publishes is at most 128 MiB in all, with 256 bytes for each event beside its data: half a million small events. An attempt that publishes without end would fill the memory of dp and the disk. Return the data as the result of the task, or yield it as a stream.',
  ),
  DP6120: entry(
    'usage',
    'bad broker address',
    'A broker is memory, or a URL: redis://USER:PASSWORD@HOST:PORT/DATABASE?prefix=dp: (rediss for TLS), or kafka://USER:PASSWORD@HOST:PORT,HOST:PORT/TOPIC. The message names the part that is malformed, unknown or unreadable. Characters such as @ and / in a name or password are written as %40 and %2F.',
  ),
  DP6112: entry(
    'failed',
    'output outside the project',
    'A file that matches `outputs` of a command lies outside the project, or a link on the way to it leads outside. Such a file is neither kept nor put back, because dp writes only inside the project. Let the command write into the project, or correct the glob.',
  ),
  DP6121: entry(
    'failed',
    'broker cannot be used',
    'The server of the broker cannot be reached, or refuses the user, the password or the encryption. When a broker is opened, that ends the attempt; when the connection is lost later, it is renewed again and again, and nothing that was published is given up meanwhile. The hint says what to check.',
  ),
  DP6122: entry(
    'failed',
    'no event',
    'What a server gave is not an event as dp writes it: a JSON object with v (1), id, topic, time and data, on the topic that the server keeps it under. It was skipped and counted. Find out who writes to the stream or topic of the broker, or give dp a prefix or topic of its own.',
  ),
  DP6123: entry(
    'failed',
    'data do not fit',
    'The data of an event from outside do not fit the schema for its topic, so no subscriber received it; it was counted. The message names the path and what was expected. Mend the sender, or the schema.',
  ),
  DP6124: entry(
    'usage',
    'bad payload schema',
    'A schema for the data of events is a JSON Schema (2020-12) as plain data, or a schema object of a library that follows Standard Schema. The message says what is wrong with it.',
  ),
  DP6125: entry(
    'failed',
    'broker refused',
    'The server of the broker answered with an error: the user lacks a right, the memory is full, or something else is stored under the key of the events. The hint says what to do.',
  ),
  DP6126: entry(
    'usage',
    'position cannot be read from',
    'Only a broker on a server keeps events: a subscription that is durable, or begins at a position, needs one. Positions are texts that a subscription of the same broker gave; "start" and "end" are known to all.',
  ),
  DP6127: entry(
    'failed',
    'events removed before they were read',
    'The server removed the oldest events, as it was told to, before a reader that had fallen behind came to them. They are lost to that reader. Let the server keep more events (max_length in the address of a Redis broker, retention.ms of a Kafka topic), or read faster.',
  ),
  DP6130: entry(
    'timed_out',
    'no event came in time',
    'A task with `wait_for:` waited for as long as its `timeout` says, and no event on its topics met its condition. A resumed run begins the time anew, behind the events that were seen. Events that did not meet `when`, and those on which it could not be evaluated, are counted in the message.',
  ),
  DP6131: entry(
    'failed',
    'events are not exchanged with the broker',
    'The exchange of events between the state and the broker of the project came to a stop, and begins again by itself. No run depends on it: what is stored meanwhile is sent later.',
  ),
  DP6132: entry(
    'failed',
    'an event was not sent to the broker',
    'The broker refused the event again and again for half a minute, so that it was left out and those behind it are sent. It is still on the bus, at the position in the message. The refusal says what to do about the next one.',
  ),
  DP6201: entry(
    'usage',
    'trigger cannot be registered',
    'A trigger has a name that no other trigger of the scheduler has, and a target that the scheduler can reach: a topic needs a publisher, a run needs a project. Choose another name, or give the scheduler what it needs.',
  ),
  DP6202: entry(
    'bug',
    'trigger not listened to',
    'A manual trigger fires through the scheduler that it is registered with, from the start of that scheduler to its stop. Register the trigger, and start the scheduler first.',
  ),
  DP6320: entry(
    'refused',
    'another process decides the ticks',
    'One process at a time decides the ticks of a state directory, under a lease. This one was silent for too long, and another one has the lease. What it wanted to decide is decided there, so nothing is lost.',
  ),
  DP6321: entry(
    'not_found',
    'no such trigger',
    'A trigger is named PIPELINE/NAME, by the name of its pipeline and its own; one without a name of its own has its kind and a hash of what it says.',
    { do: 'listTriggers' },
  ),
  DP6322: entry(
    'conflict',
    'the trigger is in that state already',
    'A trigger that is paused cannot be paused again, and one that is not paused cannot be resumed.',
    { do: 'listTriggers' },
  ),
  DP7001: entry(
    'failed',
    'result cannot be stored',
    'A result is data: structured-clone values, bytes or text, at most 1,000 levels deep. The message names the path inside the value. Functions, promises, sockets and proxies cannot be stored. An instance of a class keeps its own data and loses its methods; one whose data cannot be reached (URL, Headers) is refused. So is what would be lost silently: fields under symbols, fields that were put on a built-in object (a Date, a Map, an error, bytes), bytes whose memory was handed to another thread, and lists of more than 16 Mi empty places. Return its text or a plain object instead.',
  ),
  DP7002: entry(
    'storage',
    'result missing or altered',
    'The stored result does not exist, or it does not match its checksum. It counts as absent, and the task computes it again when it next runs.',
  ),
  DP7003: entry(
    'usage',
    'unsafe name',
    'The name of a run, task or result would lead out of its folder. Use letters, digits, "_" and "-".',
  ),
  DP7004: entry(
    'failed',
    'result not reproducible',
    'When the cache was verified, a task returned a result that differs from the one stored under the same key. It depends on something that is not part of the key, such as the clock, chance, the network, a file that it opens or an undeclared variable. The new result replaced the old one. Declare the input, or turn off the cache of the task.',
  ),
  DP7005: entry(
    'failed',
    'stream broke off',
    'A task was reading a stream while another task wrote it, and the writer failed, crashed or was stopped. The attempt that read it does not count: it starts again with the stream, or ends upstream_failed with it. Mend the task that writes the stream.',
  ),
  DP7006: entry(
    'warning',
    'secret in a result',
    'The result of a task holds the value of a secret. Results are data that other tasks depend on, so they are stored as they are: whoever reads the state, or an archive of the run, reads the secret. Return something else, and declare the secret under `secrets:` of the pipeline whose tasks need it.',
  ),
  DP6301: entry(
    'refused',
    'run has not begun',
    'The run is queued: a runner of the scheduler plans and begins it when its turn comes, or it ended before that. It can be shown and cancelled; resuming or exporting it needs a run that has begun.',
  ),
  DP6302: entry(
    'failed',
    'run could not be begun',
    'A runner took the queued run and died before it began, and so did the next ones: planning the pipeline takes the process down. The message says how often. Run the pipeline by hand to see it happen.',
  ),
  DP6303: entry(
    'failed',
    'file has another pipeline now',
    'The file from which a queued run was to begin defines a pipeline of another name by now, so the run was not begun. The new pipeline has runs of its own.',
  ),
  DP6304: entry(
    'failed',
    'run is not resumed any more',
    'The process that executed the run died. The run was not resumed, because `schedule.on_crash` in `dp.yaml` is `fail`, or because it had been resumed three times and took its process down each time. What succeeded is kept.',
  ),
  DP6305: entry(
    'failed',
    'daemon ended at once',
    'The daemon was started apart from the terminal and ended before it was ready. Its log, which the message names, says why; started in the terminal, it says so there.',
  ),
  DP6306: entry(
    'refused',
    'no daemon runs',
    'No daemon and no runner of this state directory runs on this host. One on another host is asked there.',
  ),
  DP8001: entry(
    'storage',
    'state directory not usable',
    'The state directory cannot be read or written, is reached through a symbolic link, or holds the database of another program.',
    ['check its permissions', { do: 'chooseStateFolder' }],
  ),
  DP8002: entry(
    'storage',
    'disk failure',
    'The operating system refused a read or a write: there is no space, no memory or no permission, too many files are open, or the disk fails. What was recorded before is kept. Remove the cause first.',
    { do: 'resumeRun' },
  ),
  DP8003: entry(
    'storage',
    'state written by a newer dp',
    'The state database has a newer schema than this version of dp knows.',
    ['update dp', { do: 'chooseStateFolder' }],
  ),
  DP8004: entry(
    'storage',
    'state database damaged',
    'SQLite reports that the state database is damaged, or it holds tables, a version or rows that dp does not write. When the message names a run, the other runs are not affected. Otherwise move state.db, state.db-wal and state.db-shm aside: stored results are kept, and the record of runs starts empty.',
  ),
  DP8005: entry(
    'storage',
    'state database stays locked',
    'Processes take turns of milliseconds at the state database. One of them has held its turn for a minute, so it is most likely stopped (Ctrl-Z, a debugger). Let it continue or end it; nothing is lost.',
  ),
  DP8006: entry(
    'refused',
    'clock is not set',
    'The clock of this machine shows a time that no record of a run can hold: before 1970, as on a machine that has just started and does not know the time yet, or after the year 9999. Set the clock, and start the run again.',
  ),
  DP9001: entry(
    'bug',
    'a bug in dp',
    'This should be impossible. Please report it with the text above.',
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type DiagnosticCode = keyof typeof CATALOGUE;

function entry(kind: FaultKind, title: string, explain: string, remedy?: Hint): CatalogueEntry {
  return { kind, title, explain, ...(remedy !== undefined && { remedy }) };
}
