/** Schemas by topic pattern come in; a check of the data of events from outside goes out. */
import type { Event } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { JsonObject } from '../model/json.ts';
import { topicMatches } from '../model/topic.ts';
import { checkPattern } from './topics.ts';

/** A JSON Schema (2020-12) as plain data, or a schema of zod, valibot, arktype and the like (https://standardschema.dev). */
export type PayloadSchema = JsonObject | StandardCheck;

interface StandardCheck {
  readonly '~standard': {
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
  };
}

type StandardResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export class PayloadSchemas {
  readonly #checks: readonly (readonly [pattern: string, check: PayloadCheck])[];

  private constructor(checks: readonly (readonly [string, PayloadCheck])[]) {
    this.#checks = checks;
  }

  /** Schemas by topic pattern. Throws DP6101 for a malformed pattern, and DP6124 for a JSON Schema that is not valid. */
  static async of(schemas: Readonly<Record<string, PayloadSchema>>): Promise<PayloadSchemas> {
    const checks = Object.entries(schemas).map(async ([pattern, schema]) => {
      checkPattern(pattern);
      return [pattern, await checkOf(schema, pattern)] as const;
    });
    return new PayloadSchemas(await Promise.all(checks));
  }

  /** Returns whether a schema applies to the topic. */
  concern(topic: string): boolean {
    return this.#checks.some(([pattern]) => topicMatches(pattern, topic));
  }

  /**
   * Returns the event with the data that its schemas give, in the order of the patterns; JSON Schema changes nothing.
   * Throws DP6123 when the data do not fit a schema whose pattern matches the topic.
   */
  async checked(event: Event): Promise<Event> {
    let { data } = event;
    for (const [pattern, check] of this.#checks)
      if (topicMatches(pattern, event.topic)) data = await check(data);
    return data === event.data ? event : { ...event, data };
  }
}

type PayloadCheck = (data: unknown) => unknown;

async function checkOf(schema: PayloadSchema, pattern: string): Promise<PayloadCheck> {
  const refuse = (why: string): never => {
    const noun = `the schema for ${JSON.stringify(pattern)}`;
    throw new Fault('DP6123', `its data do not fit ${noun}: ${why}`);
  };
  if (isStandard(schema)) {
    return async (data) => {
      const result = await schema['~standard'].validate(data);
      return result.issues === undefined
        ? result.value
        : refuse(result.issues.map(issueText).join('; '));
    };
  }
  const { validatorFor } = await import('../model/json-schema.ts');
  const misfitOf = await validatorFor(schema).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const noun = `the schema for ${JSON.stringify(pattern)}`;
    throw new Fault('DP6124', `${noun} is no valid JSON Schema: ${reason}`, { cause });
  });
  return (data) => {
    const misfit = misfitOf(data);
    return misfit === undefined ? data : refuse(`${misfit.path} ${misfit.message}`.trim());
  };
}

function isStandard(schema: PayloadSchema): schema is StandardCheck {
  return '~standard' in schema;
}

function issueText({ path = [], message }: StandardIssue): string {
  const keys = path.map((step) => String(typeof step === 'object' ? step.key : step));
  return `${keys.map((key) => `/${key}`).join('')} ${message}`.trim();
}
