/** The pipeline format as JSON Schema for the editors of one project: with its tasks, their parameters, its tags and pools. */
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import type { Parameter, TaskDefinition } from '../../model/task.ts';
import { pipelineFormatSchema } from './format.ts';
import { TASK } from './task-format.ts';

export interface KnownProject {
  /** Tasks that modules register; in different pipelines one name may stand for several tasks. */
  readonly tasks: readonly TaskDefinition[];
  readonly pipelines: readonly Pipeline[];
}

/**
 * Returns a schema that is stricter than the format: a step is a task of the project or a command, and `with` and `inputs` name its
 * parameters. It leaves open what only dp can check, such as whether every parameter is supplied.
 */
export function projectFormatSchema(project: KnownProject): JsonObject {
  const format = pipelineFormatSchema();
  const steps = new Steps(project);
  const properties = format['properties'] as JsonObject; // of a record there are some
  const tasks = {
    ...(properties['tasks'] as JsonObject),
    properties: steps.registered(),
    additionalProperties: { allOf: [STEP, BY_TASK, NAMES_ITS_WORK] },
  };
  return {
    ...format,
    description: 'A data pipeline of this project. dp generates this schema.',
    properties: { ...properties, tasks },
    $defs: steps.definitions(),
  };
}

const STEP = { $ref: '#/$defs/step' };
const BY_TASK = { $ref: '#/$defs/step by task' };
/** The value of a text with `${…}` may have any type. */
const EXPRESSION = { $ref: '#/$defs/expression' };
const NAMES_ITS_WORK = {
  type: 'object',
  anyOf: ['task', 'run', 'pipeline', 'wait_for'].map((key) => ({ required: [key] })),
};

class Steps {
  readonly #project: KnownProject;
  readonly #byName: ReadonlyMap<string, readonly TaskDefinition[]>;
  readonly #definitions: Record<string, Json> = {};

  constructor(project: KnownProject) {
    this.#project = project;
    this.#byName = Map.groupBy(
      project.tasks.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      (task) => task.name,
    );
  }

  /** Returns the schemas of steps that have the name of a task: such a step runs that task, unless it says otherwise. */
  registered(): JsonObject {
    return Object.fromEntries(
      [...this.#byName].map(([name, [task]]) => [
        name,
        {
          ...(task?.description === undefined ? {} : { description: task.description }),
          allOf: [STEP, choose(NAMES_ITS_WORK, BY_TASK, argumentsRef(name))],
        },
      ]),
    );
  }

  definitions(): JsonObject {
    for (const [name, tasks] of this.#byName) {
      const [first, ...others] = tasks.map((task, n) => this.#arguments(task, `${name}.${n}`));
      this.#definitions[`arguments of ${name}`] =
        others.length === 0 ? first! : { anyOf: [first!, ...others] };
    }
    const byTask = [...this.#byName.keys()].map((name) =>
      choose({ properties: { task: { const: name } }, required: ['task'] }, argumentsRef(name)),
    );
    return {
      step: this.#step(),
      'step by task': byTask.length === 0 ? {} : { allOf: byTask },
      expression: { type: 'string', pattern: String.raw`\$\{` },
      ...this.#definitions,
    };
  }

  /** Returns the schema of every step, with the project's names as suggestions. */
  #step(): JsonObject {
    const { schema } = TASK;
    const properties = schema['properties'] as JsonObject; // of a record there are some
    const { tasks, pipelines } = this.#project;
    const specs = pipelines.flatMap((pipeline) => [...pipeline.tasks.values()]);
    const tags = [...tasks, ...specs].flatMap((named) => named.tags);
    const pools = pipelines.flatMap(({ pools: limits }) => [...limits.keys()]);
    const names = [...this.#byName.keys()];
    const steps = [...names, ...specs.map(({ name }) => name)];
    const step = {
      ...schema,
      properties: {
        ...properties,
        task: { ...(properties['task'] as JsonObject), enum: names },
        tags: suggesting(properties['tags'] as JsonObject, tags),
        needs: suggesting(properties['needs'] as JsonObject, steps),
        pool: suggesting(properties['pool'] as JsonObject, pools),
      },
    };
    return { anyOf: [step, { type: 'null' }] };
  }

  #arguments({ name, parameters }: TaskDefinition, prefix: string): JsonObject {
    if (parameters.is !== 'known') return {};
    const { list, rest } = parameters;
    const known = list.map((parameter) => parameter.name);
    const values = list.map((parameter) => [parameter.name, this.#value(parameter, prefix)]);
    const isOpen = rest !== undefined;
    return {
      properties: {
        with: {
          description: `Values for parameters of ${name}: ${known.join(', ')}`,
          properties: Object.fromEntries(values) as JsonObject,
          ...(isOpen ? {} : { additionalProperties: false }),
        },
        inputs: {
          description: `Parameter of ${name} ← task: ${known.join(', ')}`,
          properties: Object.fromEntries(known.map((parameter) => [parameter, {}])),
          ...(isOpen ? {} : { additionalProperties: false }),
        },
      },
    };
  }

  #value({ name, type, schema, optional, description, ...more }: Parameter, prefix: string): Json {
    const { $defs = {}, definitions = {}, ...described } = schema ?? {};
    const own = `${prefix}.${name}.`;
    for (const parts of [$defs, definitions])
      if (isJsonObject(parts))
        for (const [key, part] of Object.entries(parts))
          this.#definitions[own + key] = asWritten(part, own);
    const signature = `${name}${optional ? '?' : ''}${type === undefined ? '' : `: ${type}`}`;
    return {
      description: description === undefined ? signature : `${signature}\n\n${description}`,
      ...(more.default === undefined ? {} : { default: more.default }),
      ...orExpression(asWritten(described, own)),
    };
  }
}

const argumentsRef = (name: string): JsonObject => ({
  $ref: `#/$defs/${pointer(`arguments of ${name}`)}`,
});

/** Returns a condition that applies to mappings only; `step` describes all other values. */
function choose(
  condition: JsonObject,
  consequence: JsonObject,
  otherwise?: JsonObject,
): JsonObject {
  // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
  const chosen = { if: { type: 'object', ...condition }, then: consequence };
  return otherwise === undefined ? chosen : { ...chosen, else: otherwise };
}

/** Returns the field with names as suggestions. Other names stay valid: they come with other modules, or are declared in the same file. */
function suggesting(field: JsonObject, names: readonly string[]): JsonObject {
  const known = [...new Set(names)].toSorted();
  if (known.length === 0) return field;
  const { description, examples, ...schema } = field;
  const offered = (item: JsonObject): JsonObject => ({ anyOf: [{ enum: known }, item] });
  const alternatives = schema['anyOf'];
  const [item] = Array.isArray(alternatives) ? (alternatives as readonly JsonObject[]) : [];
  return {
    ...(description === undefined ? {} : { description }),
    ...(examples === undefined ? {} : { examples }),
    // A single value may stand for a list of one.
    ...(item === undefined
      ? offered(schema)
      : { anyOf: [offered(item), { type: 'array', items: offered(item) }] }),
  };
}

const MAPS_OF_SCHEMAS = new Set(['properties', 'patternProperties']);
const LISTS_OF_ALTERNATIVES = new Set(['anyOf', 'oneOf', 'allOf']);
const LOCAL = /^#\/(?:\$defs|definitions)\//;
const PARTS = new Set(['items', 'additionalProperties', 'contains', 'unevaluatedProperties']);

/**
 * Returns a parameter's schema for values in a file: an expression may stand for any part, and a value that no file
 * can write (a Date, a Map) can only come from an expression. References lead to `$defs` of the whole schema, under `prefix`.
 */
function asWritten(schema: Json, prefix: string): Json {
  if (!isJsonObject(schema)) return schema;
  if (schema['x-dp-type'] !== undefined) return { not: {} };
  const { $ref } = schema;
  // A reference to anything but a definition, such as the whole schema, is left open.
  if (typeof $ref === 'string' && !LOCAL.test($ref)) return {};
  const part = (value: Json): Json =>
    typeof value === 'boolean' ? value : orExpression(asWritten(value, prefix));
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]): [string, Json] => {
      if (key === '$ref' && typeof value === 'string')
        return [key, value.replace(LOCAL, `#/$defs/${pointer(prefix)}`)];
      if (MAPS_OF_SCHEMAS.has(key) && isJsonObject(value)) return [key, mapped(value, part)];
      if (LISTS_OF_ALTERNATIVES.has(key) && Array.isArray(value))
        return [key, value.map((each: Json) => asWritten(each, prefix))];
      if (key === 'prefixItems' && Array.isArray(value)) return [key, value.map(part)];
      return [key, PARTS.has(key) ? part(value) : value];
    }),
  );
}

const orExpression = (schema: Json): JsonObject =>
  isJsonObject(schema) && Object.keys(schema).length === 0 ? {} : { anyOf: [schema, EXPRESSION] };

const mapped = (map: JsonObject, change: (value: Json) => Json): JsonObject =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));

/** Returns the text as a part of a JSON pointer in a URI fragment. */
const pointer = (text: string): string =>
  encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
