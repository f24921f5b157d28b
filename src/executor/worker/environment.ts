/** The variables that a worker was started with: each attempt begins with them, whatever the last one did to `process.env`. */
export class Environment {
  readonly #variables: Readonly<NodeJS.ProcessEnv> = { ...process.env };
  readonly #entries = Object.entries(this.#variables);
  readonly #live = process.env;

  get variables(): NodeJS.ProcessEnv {
    return { ...this.#variables };
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
