import { NonRetryableError } from './task-errors.ts';
import { task } from './task.ts';

/** The module to which `import … from 'dp'` leads in a task module, so that nothing has to be installed in the user's project. */
export const AUTHORING_URL = 'dp:authoring';

const LIBRARY: unique symbol = Symbol.for('dp.library');
const thread: typeof globalThis & { [LIBRARY]?: object } = globalThis;

/** Source of a module that exports what this thread's dp has for task modules. */
export function authoringModule(): string {
  const library = (thread[LIBRARY] = { task, NonRetryableError });
  return `export const { ${Object.keys(library).join(', ')} } = globalThis[Symbol.for('dp.library')];\n`;
}
