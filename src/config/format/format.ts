/**
 * The format of the pipeline file: every key with its kind, its meaning and an example.
 * The reader follows it, and `dp schema` gives it to editors as JSON Schema.
 */
import type { Json, JsonObject } from '../../model/json.ts';
import { SETTINGS_ELSEWHERE } from '../../model/settings.ts';
import { dictionary, list, oneOrMore, record } from './collections.ts';
import { jsonSchema } from './json-schema.ts';
import { type Kind, orNothing, type ReadOf, wrong } from './kinds.ts';
import { pipelineName, taskName, paramName, poolName, variableName } from './names.ts';
import { duration, number, text } from './scalars.ts';
import { settingFields } from './setting-fields.ts';
import { hook, processFields, TASK } from './task-format.ts';
import { trigger } from './trigger-format.ts';
import { moduleProblem } from './module-path.ts';

const modulePath: Kind<string> = {
  ...text('a path', { minLength: 1 }),
  read(node, path, report) {
    if (node.is !== 'scalar' || typeof node.value !== 'string')
      return wrong({ node, path, report }, this.expected);
    const problem = moduleProblem(node.value);
    if (problem === undefined) return node.value;
    report.error('DP3003', problem.message, node, problem.hint);
    return undefined;
  },
};

const HOOKS_ELSEWHERE = {
  success: 'write "on_success"',
  failure: 'write "on_failure"',
  on_error: 'write "on_failure"',
  on_completion: 'write "on_finish"',
  on_exit: 'write "on_finish"',
  always: 'write "on_finish"',
  finally: 'write "on_finish"',
  on_cancel: 'write "on_finish", with `when: "${run.status == \'cancelled\'}"`',
  on_cancellation: 'write "on_finish", with `when: "${run.status == \'cancelled\'}"`',
};

/** Top-level keys of other tools, with the hint that names the key here. */
const PIPELINE_ELSEWHERE = {
  ...SETTINGS_ELSEWHERE,
  module: 'write "modules", a list of files',
  schedule: 'write `triggers: [{ cron: "…" }]`',
  schedules: 'write `triggers: [{ cron: "…" }]`',
  cron: 'write `triggers: [{ cron: "…" }]`',
  on: 'write "triggers"',
  steps: 'write "tasks"',
  jobs: 'write "tasks"',
  nodes: 'write "tasks"',
  parameters: 'write "params"',
  inputs: 'write "params"',
  environment: 'write "env"',
  secret: 'write "secrets"',
  max_retries: 'put it under `defaults:`',
  retry: 'put it under `defaults:`',
  id: 'write "name"',
  dag_id: 'write "name"',
  on_success: 'write `hooks: { on_success: { NAME: … } }`',
  on_failure: 'write `hooks: { on_failure: { NAME: … } }`',
  on_finish: 'write `hooks: { on_finish: { NAME: … } }`',
  on_exit: 'write `hooks: { on_finish: { NAME: … } }`',
  on_completion: 'write `hooks: { on_finish: { NAME: … } }`',
  after_script: 'write `hooks: { on_finish: { NAME: … } }`',
  finally: 'write `hooks: { on_finish: { NAME: … } }`',
};

export const PIPELINE = record(
  {
    name: {
      kind: pipelineName,
      about: 'Unique in the project.',
      example: 'flights',
      required: true,
    },
    description: { kind: text(), about: 'What the pipeline is for, in a sentence.' },
    modules: {
      kind: oneOrMore(modulePath),
      about: 'Files that register tasks, relative to this one; globs allowed.',
      example: ['./flights.ts'],
    },
    params: {
      kind: dictionary(paramName, orNothing(jsonSchema, {})),
      about: 'Parameters of the pipeline, each with a JSON Schema. A run can set their values.',
      example: { year: { type: 'integer', minimum: 1987, default: 2001 } },
    },
    env: {
      kind: oneOrMore(variableName),
      about: 'Environment variables the tasks may see, beyond PATH HOME LANG LC_* TZ TMPDIR.',
      example: ['REGION'],
    },
    secrets: {
      kind: oneOrMore(variableName),
      about: 'Environment variables like those of env whose values are redacted everywhere.',
      example: ['DATA_TOKEN'],
    },
    defaults: {
      kind: record({ ...processFields, ...settingFields }, SETTINGS_ELSEWHERE),
      about: 'Default settings of all tasks, and default `shell` and `cwd`.',
      example: { timeout: 300, max_retries: 1 },
    },
    pools: {
      kind: dictionary(
        poolName,
        number('a whole number above zero', { integer: true, minimum: 1, maximum: 100_000 }),
      ),
      about: 'Named concurrency limits: how many tasks may hold a slot at once.',
      example: { database: 3 },
    },
    timeout: {
      kind: duration({ positive: true }),
      about: 'Time limit of a whole run. Default: none.',
      example: '2h',
    },
    tasks: {
      kind: dictionary(taskName, orNothing(TASK, {}), 'a mapping from task names to tasks'),
      about: 'The tasks, by name.',
      example: { download: null, clean: { needs: ['download'] } },
      required: true,
    },
    hooks: {
      kind: record(
        {
          on_success: {
            kind: hook,
            about: 'Tasks to run when the run has succeeded.',
            example: { publish: { run: 'make publish' } },
          },
          on_failure: {
            kind: hook,
            about: 'Tasks to run when the run has failed.',
            example: { alarm: { with: { failed: '${run.failed}' } } },
          },
          on_finish: {
            kind: hook,
            about: 'Tasks to run last, whatever the status of the run is.',
            example: { clean_up: { run: 'rm -rf scratch' } },
          },
        },
        HOOKS_ELSEWHERE,
      ),
      about:
        'Tasks that run when all others have ended; they read the outcome as ${run.status} and ${run.failed}.',
      example: { on_failure: { alarm: { with: { failed: '${run.failed}' } } } },
    },
    triggers: {
      kind: list(trigger),
      about: 'Triggers that start runs while the scheduler is running.',
      example: [{ cron: '0 3 * * *', timezone: 'Asia/Seoul' }],
    },
    concurrency: {
      kind: number('a whole number above zero', { integer: true, minimum: 1, maximum: 100_000 }),
      about:
        'The most runs of this pipeline that triggers have started and that run at once. Default: no limit.',
      example: 1,
    },
    expect: {
      kind: record({
        success_within: {
          kind: duration({ positive: true }),
          about: 'How long a success may take to follow the last one.',
          example: '26h',
          required: true,
        },
        grace: {
          kind: duration(),
          about: 'How much longer it may take before it counts as late. Default 0.',
          example: '1h',
        },
      }),
      about: 'The scheduler reports when no run of this pipeline has succeeded for too long.',
      example: { success_within: '26h', grace: '1h' },
    },
  },
  PIPELINE_ELSEWHERE,
);

export type PipelineRead = ReadOf<typeof PIPELINE>;

/** Returns the format as JSON Schema 2020-12, for editors. The schema leaves open what only dp can check. */
export function pipelineFormatSchema(): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'dp pipeline',
    description: 'A data pipeline: parameters, tasks and triggers.',
    ...PIPELINE.schema,
  } satisfies Record<string, Json>;
}
