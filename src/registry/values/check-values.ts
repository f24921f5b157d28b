/**
 * The last check before a task's code: values that the compiler could not vouch for come in; the same values go out, or an
 * error that names what does not fit. A schema given to a task applies to every call, others only to the named arguments.
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

/** Schema that an argument has to fit, as plain data. */
export interface ArgumentCheck {
  /** Schema of the parameter, from its type. */
  readonly schema: JsonObject;
  /** Completes "it is …". */
  readonly origin: string;
}

/** Throws an error that is not retried, since another attempt could not succeed. The items of a stream are checked as they arrive. */
export async function checkedArgument(
  { schema, origin }: ArgumentCheck,
  parameter: string,
  value: unknown,
): Promise<unknown> {
  // The check of edges has judged absent arguments.
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
  const { validatorFor } = await import('../../model/json-schema.ts');
  const found = (await validatorFor(schema))(value);
  return found === undefined ? value : refuse(`${found.path} ${found.message}`.trim());
}

type UntypedFunction = (params: unknown, ctx: TaskContext) => unknown;

/** Wraps a function in checks by the schemas under its task's `params` and `output`; returns it unchanged when there are none. */
export function guarded(
  fn: UntypedFunction,
  { params, output, streamOutput }: TaskOptions,
): UntypedFunction {
  if (params === undefined && output === undefined) return fn;
  return async (given, ctx) => {
    const values = params === undefined ? given : await parsed(params, given, refuseGiven);
    const result = await fn(values, ctx);
    if (output === undefined) return result;
    // The output is checked but not changed, because downstream edges refer to the function's own output.
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
  throw misfit(NonRetryableError, `the parameters of the task do not fit their schema: ${why}`);
}

/** The error allows retries, because another attempt may return something else. */
function refuseResult(why: string): never {
  throw misfit(Error, `the output of the task does not fit its schema: ${why}`);
}

/** Returns the value that the schema produces. JSON Schema changes nothing. */
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

/** Distinguishes a stream from a value in the same way as the executor. */
function isStream(value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return Symbol.asyncIterator in value || ('next' in value && Symbol.iterator in value);
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

/** Returns an error without stack frames, because the fault is not in the task's code. */
function misfit(kind: new (message: string) => Error, message: string): Error {
  const error = Object.assign(new kind(message), { code: 'DP5006' });
  error.stack = `${error.name}: ${message}`;
  return error;
}
