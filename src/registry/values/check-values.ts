/**
 * The last door before a task's code: what the compiler could not vouch for comes in, the same values go out, or an
 * error that names what does not fit. A schema that a task was given holds for every call; others for what is named.
 */
import type { JsonObject } from '../../model/json.ts';
import { NonRetryableError } from '../authoring/task-errors.ts';
import type { TaskContext } from '../authoring/task-context.ts';
import type {
  Schema,
  SchemaIssue,
  StandardSchema,
  TaskOptions,
} from '../authoring/task-options.ts';

/** What an argument has to fit. Plain data. */
export interface ArgumentCheck {
  /** Of the parameter, from its type. */
  readonly schema: JsonObject;
  /** Completes "it is …". */
  readonly origin: string;
}

/** Throws what no further attempt can mend. The items of a stream are checked as they come. */
export async function checkedArgument(
  { schema, origin }: ArgumentCheck,
  parameter: string,
  value: unknown,
): Promise<unknown> {
  // What is absent was for the check of edges to judge.
  if (value === undefined) return value;
  const refuse = (why: string): never => {
    throw misfit(NonRetryableError, `"${parameter}" does not fit: ${why}; it is ${origin}`);
  };
  await fit(schema, value, refuse);
  const { 'x-dp-items': items, $defs = {} } = schema;
  if (schema['x-dp-type'] !== 'AsyncIterable' || items === undefined) return value;
  const itemSchema = { ...(items as JsonObject), $defs }; // `x-dp-items` is a schema
  return eachItem(value as AsyncIterable<unknown>, (item) => fit(itemSchema, item, refuse));
}

async function fit(
  schema: JsonObject,
  value: unknown,
  refuse: (why: string) => never,
): Promise<unknown> {
  const { validatorFor } = await import('./validate.ts');
  const found = (await validatorFor(schema))(value);
  return found === undefined ? value : refuse(`${found.path} ${found.message}`.trim());
}

type Call = (params: unknown, ctx: TaskContext) => unknown;

/** The function behind the schemas that its task gave under `params` and `output`; itself when it gave none. */
export function guarded(fn: Call, { params, output, streamOutput }: TaskOptions): Call {
  if (params === undefined && output === undefined) return fn;
  return async (given, ctx) => {
    const values = params === undefined ? given : await parsed(params, given, refuseGiven);
    const result = await fn(values, ctx);
    if (output === undefined) return result;
    // Checked, not changed: downstream edges are about what the function itself gives.
    const check = async (value: unknown): Promise<unknown> => {
      await parsed(output, value, refuseResult);
      return value;
    };
    return isStream(result) || (streamOutput === true && isIterable(result))
      ? eachItem(result, check)
      : check(result);
  };
}

function refuseGiven(why: string): never {
  throw misfit(NonRetryableError, `what the task was given does not fit its schema: ${why}`);
}

/** Not final: another attempt may give something else. */
function refuseResult(why: string): never {
  throw misfit(Error, `what the task gives does not fit its schema: ${why}`);
}

/** What the schema makes of the value. JSON Schema changes nothing. */
async function parsed(
  schema: Schema,
  value: unknown,
  refuse: (why: string) => never,
): Promise<unknown> {
  if (!isStandard(schema)) return fit(schema, value, refuse);
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  return refuse(result.issues.map(issueText).join('; '));
}

function isStandard(schema: Schema): schema is StandardSchema {
  return '~standard' in schema;
}

function issueText({ path = [], message }: SchemaIssue): string {
  const keys = path.map((step) => String(typeof step === 'object' ? step.key : step));
  return `${keys.map((key) => `/${key}`).join('')} ${message}`.trim();
}

async function* eachItem(
  items: AsyncIterable<unknown> | Iterable<unknown>,
  check: (item: unknown) => Promise<unknown>,
): AsyncGenerator {
  for await (const item of items) yield await check(item);
}

/** As the executor tells a stream from a value. */
function isStream(value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return Symbol.asyncIterator in value || ('next' in value && Symbol.iterator in value);
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

/** Without frames: nothing in the task's code is at fault. */
function misfit(kind: new (message: string) => Error, message: string): Error {
  const error = Object.assign(new kind(message), { code: 'DP5006' });
  error.stack = `${error.name}: ${message}`;
  return error;
}
