/** The variables that a worker was started with: each attempt begins with them, whatever the last one did to `process.env`. */
export class Environment {
  readonly #variables: Readonly<NodeJS.ProcessEnv> = { ...process.env };
  readonly #live = process.env;

  get variables(): NodeJS.ProcessEnv {
    return { ...this.#variables };
  }

  restore(): void {
    const live = (process.env = this.#live);
    for (const name of Object.keys(live))
      if (!Object.hasOwn(this.#variables, name)) delete live[name];
    for (const [name, value] of Object.entries(this.#variables))
      if (live[name] !== value) live[name] = value;
  }
}
