import { Fault } from '../../model/fault.ts';
import { NonRetryableError } from './task-errors.ts';
import { task } from './task.ts';

/** Where `import … from 'dp'` leads in a task module: nothing has to be installed in the user's project. */
export const AUTHORING_URL = 'dp:authoring';

const LIBRARY: unique symbol = Symbol.for('dp.library');
const thread: typeof globalThis & { [LIBRARY]?: object } = globalThis;

/** What the library has for programs alone. A file may hold tasks and the program that runs them, so a task module may import it. */
const FOR_PROGRAMS = [
  'MemoryQueue',
  'createBroker',
  'createScheduler',
  'cronTrigger',
  'eventTrigger',
  'filesystemIo',
  'manualTrigger',
  'openBroker',
  'openProcessReceiver',
  'openProcessSender',
  'openProject',
  'openThreadReceiver',
  'openThreadSender',
  'pipeline',
  'receiverForProcess',
  'receiverForThread',
  'senderForProcess',
  'senderForThread',
  'topicMatches',
] as const;

/** Source of a module that exports what this thread's dp has for task modules. */
export function authoringModule(): string {
  const forPrograms = FOR_PROGRAMS.map((name) => [name, refuser(name)] as const);
  const library = { task, NonRetryableError, Fault, ...Object.fromEntries(forPrograms) };
  thread[LIBRARY] = library;
  return `export const { ${Object.keys(library).join(', ')} } = globalThis[Symbol.for('dp.library')];\n`;
}

/** Can be called, and constructed like a class. */
function refuser(name: string): () => never {
  return function refuse() {
    throw new Fault('DP3008', `${name} is for programs, and a task module called it`, {
      hint: 'call it where the program starts, under `if (import.meta.main)`; a task publishes with ctx.publish()',
    });
  };
}
