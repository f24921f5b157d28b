/**
 * Registry: the definitions of tasks come in, answers by name and by tag go out.
 * It imports no module and never changes once it is built.
 */
import { didYouMean } from '../model/diagnostic.ts';
import type { TaskName } from '../model/ids.ts';
import type { TaskDefinition } from '../model/task.ts';

/** `Task` is what it tells of a task. */
export class Registry<Task extends Named = TaskDefinition> {
  readonly #byName: ReadonlyMap<TaskName, Task>;
  readonly #byTag: ReadonlyMap<string, readonly Task[]>;

  /** `discover` guarantees unique names. */
  constructor(definitions: readonly Task[]) {
    this.#byName = new Map(definitions.map((definition) => [definition.name, definition]));
    const byTag = new Map<string, Task[]>();
    for (const definition of definitions) {
      for (const tag of definition.tags) {
        const tagged = byTag.get(tag);
        if (tagged === undefined) byTag.set(tag, [definition]);
        else tagged.push(definition);
      }
    }
    this.#byTag = byTag;
  }

  get size(): number {
    return this.#byName.size;
  }

  get(name: TaskName): Task | undefined {
    return this.#byName.get(name);
  }

  /** Returns tasks in the order they were given; none when no task has the tag. */
  tagged(tag: string): readonly Task[] {
    return this.#byTag.get(tag) ?? [];
  }

  names(): Iterable<TaskName> {
    return this.#byName.keys();
  }

  tags(): Iterable<string> {
    return this.#byTag.keys();
  }

  /** Returns all tasks in the order they were given. */
  all(): Iterable<Task> {
    return this.#byName.values();
  }

  /** Returns a hint for an unknown name. */
  didYouMean(name: TaskName): string | undefined {
    return didYouMean(name, this.#byName.keys());
  }
}

type Named = Pick<TaskDefinition, 'name' | 'tags'>;
