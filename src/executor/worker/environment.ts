/** The variables that a worker was started with: each attempt begins with them, whatever the last one did to `process.env`. */
export class Environment {
  readonly #variables: Readonly<NodeJS.ProcessEnv> = { ...process.env };
  readonly #entries = Object.entries(this.#variables);
  readonly #live = process.env;

  get variables(): NodeJS.ProcessEnv {
    return { ...this.#variables };
  }

  /** Tells which variables are read of `process.env` until it is restored, and of the returned variables. */
  observed(reads: (name: string | undefined) => void): NodeJS.ProcessEnv {
    process.env = tellingReads(this.#live, reads);
    return fieldsTellingReads(this.#variables, reads) as NodeJS.ProcessEnv; // it has the fields of these
  }

  restore(): void {
    if (process.env !== this.#live) process.env = this.#live;
    if (this.#isUnchanged()) return;
    const live = this.#live;
    for (const name of Object.keys(live))
      if (!Object.hasOwn(this.#variables, name)) delete live[name];
    for (const [name, value] of this.#entries) if (live[name] !== value) live[name] = value;
  }

  /** Node looks each variable up in native code, so each is looked up once; `Object.keys` would do it once more. */
  #isUnchanged(): boolean {
    const live = this.#live;
    if (Reflect.ownKeys(live).length !== this.#entries.length) return false;
    for (const [name, value] of this.#entries) if (live[name] !== value) return false;
    return true;
  }
}

type Reads = (name: string | undefined) => void;

function tellingReads(env: NodeJS.ProcessEnv, reads: Reads): NodeJS.ProcessEnv {
  const tell = (name: string | symbol): void => {
    if (typeof name === 'string') reads(name);
  };
  return new Proxy(env, {
    get: (target, name) => (tell(name), Reflect.get(target, name) as unknown),
    has: (target, name) => (tell(name), Reflect.has(target, name)),
    ownKeys: (target) => (reads(undefined), Reflect.ownKeys(target)),
  });
}

/**
 * Returns an object with the same fields that tells which of them are read. It can be cloned and stored, as a proxy cannot. That its
 * names alone are listed is not seen; when all are read, they count as listed.
 */
export function fieldsTellingReads(
  values: Readonly<Record<string, unknown>>,
  reads: Reads,
): Record<string, unknown> {
  const unread = new Set(Object.keys(values));
  const told: Record<string, unknown> = {};
  for (const name of unread) {
    Object.defineProperty(told, name, {
      enumerable: true,
      configurable: true,
      get: () => {
        reads(name);
        unread.delete(name);
        if (unread.size === 0) reads(undefined);
        return values[name];
      },
      set: (value: unknown) => {
        Object.defineProperty(told, name, { value, enumerable: true, writable: true });
      },
    });
  }
  // Asked only for names that the object does not have.
  const others = new Proxy(Object.prototype, {
    get: (target, name) => {
      if (typeof name === 'string' && !Object.hasOwn(target, name)) reads(name);
      return Reflect.get(target, name) as unknown;
    },
    has: (target, name) => {
      if (typeof name === 'string' && !Object.hasOwn(target, name)) reads(name);
      return Reflect.has(target, name);
    },
  });
  return Object.setPrototypeOf(told, others) as Record<string, unknown>;
}
