/**
 * Defects that users of comparable tools reported, and the test that keeps dp from each: none may lose its test.
 * What schedulers and servers got wrong belongs here when dp has them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What holds → the file below test/, and the name of the test in it. */
const LESSONS: Readonly<Record<string, readonly [file: string, name: string]>> = {
  // Plan and cache
  'keys do not change with the order of maps and environment': [
    'planner/identity.test.ts',
    'is unchanged by the order of keys',
  ],
  'keys do not change with the order of inputs': [
    'planner/identity.test.ts',
    'is unchanged by the order of inputs and by where they are stored',
  ],
  'keys are final only when upstream outputs exist': [
    'planner/decision.test.ts',
    'is known where every output that the task sees is, and null where not',
  ],
  'keys cover parameters, environment, code and Node': [
    'planner/decision.test.ts',
    'runs when its code, a parameter, the environment or Node changed',
  ],
  'keys cover the lock file and the helpers a task calls': [
    'registry/code-hash.test.ts',
    'it changes with %s',
  ],
  'keys cover them as users see it': [
    'cli/why.test.ts',
    'each change alone is named, for each task that it makes run',
  ],
  'parts of a key have lengths, not delimiters': [
    'planner/identity.test.ts',
    'does not take one part for another by shifting their borders',
  ],
  'parts of a digest have lengths, not delimiters': [
    'model/ids.test.ts',
    'differs for every two ways of cutting one text',
  ],
  'an output that was deleted is no hit': [
    'executor/values.test.ts',
    'a result is used again while it is there and whole',
  ],
  'an output that was edited is no hit': ['executor/values.test.ts', 'an altered result is no hit'],
  'an output that was truncated is no hit': [
    'io/damage.test.ts',
    '%s cut short anywhere is absent',
  ],
  'a failure is never cached': ['executor/values.test.ts', 'a failure is never kept'],
  'a plan writes nothing': [
    'cli/read-only.test.ts',
    'commands that look write nothing into the project, %s',
  ],
  'graphs take linear time': [
    'planner/rings.test.ts',
    'are few where every task closes another ring',
  ],
  'deep chains plan without a stack': ['planner/plan.test.ts', 'a chain of 200,000 tasks plans'],
  'deep chains run without a stack': [
    'executor/record.test.ts',
    'a chain of 10,000 is recorded in as many events a task as a chain of ten',
  ],
  'a failure runs down a deep chain without a stack': [
    'executor/run/progress.test.ts',
    'a failure at the head of a chain of 30,000 tasks reaches the end without a stack',
  ],
  'why a task ran again has an answer': [
    'cli/why.test.ts',
    'a task is followed back to the change that began it',
  ],
  'an empty selection is an error': [
    'cli/exit-codes.test.ts',
    '4: a selection that matches nothing',
  ],
  'an unknown parameter is an error': [
    'cli/params.test.ts',
    'every wrong parameter is reported at once',
  ],
  'cached is as new, resumed is as undisturbed': [
    'cli/pipelines-differential.test.ts',
    'cached is as new, killed and resumed is as undisturbed',
  ],
  'the same of any graph': ['cli/differential.test.ts', 'killed in the middle and resumed'],
  // Run
  'stalled work is not declared dead': [
    'store/many-processes.test.ts',
    'is distinguished from one that was only stopped',
  ],
  'liveness is not by the clock': [
    'store/process-identity.test.ts',
    'a process is alive while its number and its start agree',
  ],
  'dead work is not shown as running': [
    'cli/signals.test.ts',
    'killed outright, the run is not said to be running afterwards',
  ],
  'a late worker cannot commit': [
    'store/contract.ts',
    'who was taken for dead cannot append any more, and hears who can',
  ],
  'recovery is a loop, not a start-up pass': [
    'cli/recover.test.ts',
    'a loop finds a run that crashed while it was looking, and none that is alive',
  ],
  'a retry covers crashes': [
    'executor/endings.test.ts',
    '$how is distinguished, retried, and affects no other task',
  ],
  'a timeout ends a function that never yields': [
    'executor/endings.test.ts',
    'a task that never releases its thread is ended by its timeout and its grace period',
  ],
  'a timeout ends the whole tree of a command': [
    'executor/shell.test.ts',
    'a timeout ends the whole group, grandchildren that ignore signals included',
  ],
  'a crash ends the work, too': [
    'cli/process-clean-up.test.ts',
    'when dp is killed, what its tasks have started ends: nobody works beside a resumed run',
  ],
  'a closed terminal ends the whole tree': [
    'cli/closed-terminal.test.ts',
    'a closed terminal cancels the run, down to the last grandchild: exit 143',
  ],
  'no corpses of processes': [
    'cli/process-clean-up.test.ts',
    'commands and processes that ended leave no corpses',
  ],
  'slots do not outlive their holders': [
    'cli/pools.test.ts',
    'a process that is killed leaves no slot behind',
  ],
  'slots are freed by failures and crashes': [
    'executor/order.test.ts',
    'a named pool admits as many as it says, failures and crashes included',
  ],
  'a freed slot wakes the next': [
    'cli/pools.test.ts',
    'a pool is shared by the processes of a state folder: one waits until the other gives back',
  ],
  'waiting for a retry hears a cancel': [
    'executor/stopping.test.ts',
    'does not wait for a retry that is due in an hour',
  ],
  'waiting for a retry holds no slot': [
    'executor/order.test.ts',
    'a task that waits for its retry holds no slot',
  ],
  'exponential is exponential': [
    'executor/order.test.ts',
    'come after their delay, and no more of them than allowed',
  ],
  'the first delay is not nothing': [
    'executor/run/retry.test.ts',
    'is the first delay, not nothing, before the second attempt',
  ],
  'a retry keeps upstream outputs and parameters': [
    'cli/retry.test.ts',
    'a retry of what failed is a new run that keeps what succeeded, parameters included',
  ],
  'a retry keeps its folder': [
    'cli/retry.test.ts',
    'a retry from another folder has the folders, parameters and upstream outputs of then',
  ],
  'a retry says that code has changed': [
    'cli/retry.test.ts',
    'mended code is said before anything runs, and runs',
  ],
  'a resumed run keeps to what was asked': [
    'cli/resume.test.ts',
    'what a run was to make again it makes again after a resume: %s',
  ],
  'status is recorded in linear bytes': [
    'executor/record.test.ts',
    'what is recorded of a task does not grow with the run',
  ],
  'awkward strings pass unchanged': [
    'cli/data.test.ts',
    'awkward text goes between functions and commands, both ways, unchanged',
  ],
  '50 MB pass unchanged': [
    'cli/data.test.ts',
    '50 MB go between functions, and to a command and back through a file, byte for byte',
  ],
  'an oversized result hurts nobody': [
    'executor/endings.test.ts',
    'a result larger than the heap of its thread affects no other task',
  ],
  'a result is never read half-written': [
    'io/concurrency.test.ts',
    'a process killed at any moment leaves whole results or none',
  ],
  'a torn result is absent': ['io/damage.test.ts', '%s cut short anywhere is absent'],
  'the database is never locked, for events': [
    'store/many-processes.test.ts',
    'many that append without a pause all get their turn and lose nothing',
  ],
  'the database is never locked, for users': [
    'cli/concurrent-runs.test.ts',
    'many runs at once end as each would alone',
  ],
  // See and operate
  'a secret of several lines shows none of them': [
    'executor/worker/secret-forms.test.ts',
    'no line of a secret of several lines is left in it, %s',
  ],
  'the encoded forms of a secret are secret': [
    'executor/worker/secret-forms.test.ts',
    'the encoded forms of %s are masked',
  ],
  'masking a secret leaves log lines readable for programs': [
    'executor/worker/redaction.test.ts',
    'a line of JSON stays JSON when %s is a secret',
  ],
  'text of a task is no command to a CI service': [
    'cli/foreign-text.test.ts',
    'a job of GitHub Actions obeys no line of a task, on either stream',
  ],
  'text of a task sends a terminal no control sequences': [
    'cli/foreign-text.test.ts',
    'reports and results send a terminal no control sequences, and files all of their bytes',
  ],
  'lists load no payloads': [
    'cli/command-reads.test.ts',
    'commands that list and show read no result',
  ],
  'commands import no project': [
    'cli/command-reads.test.ts',
    'commands that start nothing load no module of the project',
  ],
  'the tail of a log is never lost': [
    'cli/process-clean-up.test.ts',
    'the log of a task has its last line when it %s',
  ],
  'followed logs are told to the end': [
    'cli/follow.test.ts',
    'dp logs -f prints the existing log, additions and new attempts until the run ends',
  ],
  'results are never run as code': [
    'cli/data.test.ts',
    'what somebody put among the results is never run',
  ],
  'results are data when read': [
    'cli/data.test.ts',
    'what looks like a class, a prototype or code is data when it is read',
  ],
};

test.for(Object.entries(LESSONS))('%s', ([, [file, name]]) => {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8');
  expect(text).toMatch(
    new RegExp(`(?<!describe|skip|todo)\\(\\s*['"\`]${RegExp.escape(name)}['"\`],`),
  );
});
