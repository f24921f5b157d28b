/** Small pipelines that several tests of the command line start from. */

/** Two levels, one tag, a parameter, a stream. */
export const COUNTING = {
  'tsconfig.json': '{}',
  'pipelines/counting.yaml': `name: counting
modules: [./counting.mjs]
params:
  to: { type: integer, minimum: 1, default: 3 }
tasks:
  numbers:
    with: { to: '\${params.to}' }
    tags: [source]
  letters:
    stream_output: true
  sum:
    needs: [numbers]
    tags: [report]
  after:
    run: echo done
    needs: [sum]
`,
  'pipelines/counting.mjs': `import { task } from 'dp';

export const numbers = task({}, ({ to }, ctx) => {
  ctx.log.info({ to }, 'counting');
  console.log('printed');
  return Array.from({ length: to }, (_, index) => index + 1);
});
export const sum = ({ numbers }) => numbers.reduce((a, b) => a + b, 0);
export function* letters() {
  yield 'a';
  yield 'b';
}
`,
};

/** A pipeline of shell tasks alone: nothing to compile, so it starts at once. */
export const shellPipeline = (tasks: string): Record<string, string> => ({
  'tsconfig.json': '{}',
  'p.yaml': `name: p\ntasks:\n${tasks}`,
});
