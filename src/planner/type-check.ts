/**
 * The pure half of the type check of edges: wired tasks come in, TypeScript text goes out that calls every step with its inputs.
 * It never starts the compiler and judges no type by itself; `typeDiagnostics` reads the compiler's findings on that text.
 */
import type { TaskName } from '../model/ids.ts';
import type { ParamSpec } from '../model/pipeline.ts';
import type { TaskDefinition } from '../model/task.ts';
import type { CheckRequest, Spot } from '../registry/types/check-request.ts';
import { schemaTypeText } from '../registry/types/type-text.ts';
import { literalText, type OutputText, templateText } from './type-text.ts';
import { mayLackResult, skippable } from './absence.ts';
import { CallText, propertyKey } from './call-text.ts';
import { type CheckSubject, parameterOf } from './check-subject.ts';
import type { CheckedTask, SubPipeline, WiredTask } from './wiring.ts';

export interface EdgeCheck {
  /** Tasks that are sound by themselves: no unknown, missing or double input. A task stands after the tasks it needs. */
  readonly tasks: readonly CheckedTask[];
  readonly params: ReadonlyMap<string, ParamSpec>;
  /** Reports edges of which nothing could be checked. */
  readonly strict: boolean;
}

/** The text to compile, and what each spot of it stands for. */
export interface CheckModule {
  readonly request: CheckRequest;
  /** Subjects of each spot. Tasks with identical calls share a call, and its spots. */
  readonly subjects: readonly (readonly CheckSubject[])[];
}

export function checkModule({ tasks, params, strict }: EdgeCheck): CheckModule {
  const writer = new Writer(tasks, params);
  for (const task of tasks) {
    writer.step(task);
    writer.condition(task);
  }
  return writer.module(strict);
}

class Writer {
  readonly #taskOf: ReadonlyMap<TaskName, CheckedTask>;
  readonly #skippable: ReadonlySet<TaskName>;
  readonly #uses = new Map<TaskDefinition, number>();
  readonly #subs = new Map<SubPipeline, string>();
  readonly #spots: Spot[] = [];
  readonly #subjects: CheckSubject[][] = [];
  readonly #parts: string[] = [];
  #length = 0;
  /** Text of a call → its step: ten thousand tasks of a few kinds are a few calls to check. */
  readonly #steps = new Map<string, CallVariable>();
  readonly #variableOf = new Map<TaskName, string>();

  constructor(tasks: readonly CheckedTask[], params: EdgeCheck['params']) {
    this.#taskOf = new Map(tasks.map((task) => [task.spec.name, task]));
    this.#skippable = skippable(tasks);
    const members = [...params.values()].map(
      ({ name, schema }) => `${propertyKey(name)}: ${schemaTypeText(schema)}`,
    );
    this.#write(`declare const params: { ${members.join('; ')} };\n`);
  }

  module(strict: boolean): CheckModule {
    return {
      request: {
        text: this.#parts.join(''),
        uses: [...this.#uses.keys()],
        spots: this.#spots,
        strict,
      },
      subjects: this.#subjects,
    };
  }

  /** Writes `function $3_() { return s1({ … }); }`, with a spot for each argument inside the one of the call. */
  step(task: CheckedTask): void {
    const { definition } = task;
    const call = new CallText();
    const type = definition === undefined ? typeWithoutCode(task) : undefined;
    if (definition === undefined) call.write(`declare const $: ${type}`);
    else {
      call.spot({ is: 'call', task, definition }, () => {
        call.write(`${this.#callee(task, definition)}({\n`);
        this.#arguments(call, task, definition);
        call.write('})');
      });
    }
    this.#variableOf.set(task.spec.name, this.#stepOf(call, type).variable);
  }

  /** Checks that a condition on task outputs is a boolean; the types of all other conditions are known from the file alone. */
  condition(task: CheckedTask): void {
    const { when } = task.spec;
    if (when === undefined || task.spec.decidable) return;
    const text = templateText(`\${${when.value}}`, this.#readBy(task, false));
    if (text === 'given') return;
    const call = new CallText();
    call.write('condition({\n');
    call.argument('when', { is: 'condition', task, at: when.at }, text);
    call.write('})');
    this.#stepOf(call, undefined);
  }

  /** Returns the step of a call, or of a value of the type; calls with the same text share one step, and its spots. */
  #stepOf(call: CallText, type: string | undefined): CallVariable {
    const { text } = call;
    let step = this.#steps.get(text);
    if (step === undefined) {
      step = { variable: `$${this.#steps.size}`, firstSpot: this.#spots.length };
      this.#steps.set(text, step);
      this.#declare(step, call, type);
    }
    for (const [i, { subject }] of call.spots.entries()) {
      (this.#subjects[step.firstSpot + i] ??= []).push(subject);
    }
    return step;
  }

  #declare({ variable }: CallVariable, call: CallText, type: string | undefined): void {
    if (type !== undefined) {
      this.#write(`declare const ${variable}: ${type};\n`);
      return;
    }
    // In a function of its own a name is looked up at once; on the top level the compiler would walk back
    // through every step before it, to see whether one narrows it.
    this.#write(`function ${variable}_() { return `);
    for (const { start, end } of call.spots) {
      this.#spots.push({ start: this.#length + start, end: this.#length + end });
    }
    this.#write(`${call.text}; }\n`);
    this.#write(`declare const ${variable}: ReturnType<typeof ${variable}_>;\n`);
  }

  #arguments(call: CallText, task: CheckedTask, definition: TaskDefinition): void {
    const { spec } = task;
    for (const edge of task.edges) {
      if (edge.kind !== 'data' || edge.parameter === undefined) continue;
      const upstream = this.#taskOf.get(edge.task);
      const mayBeAbsent = upstream !== undefined && this.#mayBeAbsent(upstream, task);
      // An absent value is left out of the call, which an optional parameter accepts whatever the compiler's options are.
      const isOptional = parameterOf(definition, edge.parameter)?.optional === true;
      call.argument(
        edge.parameter,
        { is: 'edge', task, definition, edge, parameter: edge.parameter, upstream, mayBeAbsent },
        this.#outputText(upstream, mayBeAbsent && !isOptional),
      );
    }
    for (const [parameter, { value, at }] of spec.with) {
      const isOptional = parameterOf(definition, parameter)?.optional === true;
      const isTold = !isOptional || typeof value !== 'string';
      call.argument(
        parameter,
        { is: 'value', task, definition, parameter, at },
        literalText(value, this.#readBy(task, isTold)),
      );
    }
    if (spec.map !== undefined) {
      const list = templateText(`\${${spec.map.over.value}}`, this.#readBy(task, false));
      call.argument(
        spec.map.as,
        { is: 'element', task, definition, parameter: spec.map.as, at: spec.map.over.at },
        list === 'given' ? list : `each(${list})`,
      );
    }
  }

  /** Returns how an expression of the task sees an output: no stream, and undefined for all of one that may be absent. */
  #readBy(task: CheckedTask, tellsAbsent: boolean): OutputText {
    return (name, part) => {
      const upstream = this.#taskOf.get(name);
      if (upstream === undefined) return undefined;
      const isAbsent = tellsAbsent && part === '' && this.#mayBeAbsent(upstream, task);
      return `read(${this.#outputText(upstream, isAbsent)})${part}`;
    };
  }

  #mayBeAbsent(upstream: CheckedTask, consumer: CheckedTask): boolean {
    return mayLackResult(upstream, consumer, this.#skippable);
  }

  #write(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
  }

  /** Returns what arrives from a task: one value, all values of a mapped task, or a stream. */
  #outputText(upstream: CheckedTask | undefined, orUndefined: boolean): string {
    // A task outside of the selection gives a stored result; the types of its code at that time are unknown.
    if (upstream === undefined) return 'given';
    const variable = this.#variableOf.get(upstream.spec.name)!;
    const one = `typeof ${variable}`;
    const all = typeOfAll(upstream, one);
    const type = orUndefined ? `${all} | undefined` : all;
    return type === one ? variable : `given as ${type}`;
  }

  #callee({ sub }: CheckedTask, definition: TaskDefinition): string {
    return sub === undefined ? `s${this.#use(definition)}` : this.#useSub(sub);
  }

  /** Declares a pipeline, which is called like a function of its parameters. */
  #useSub(sub: SubPipeline): string {
    let name = this.#subs.get(sub);
    if (name === undefined) {
      const result = this.#resultOf(sub);
      this.#subs.set(sub, (name = `p${this.#subs.size}`));
      const { parameters } = sub.definition;
      const members = (parameters.is === 'known' ? parameters.list : []).map(
        ({ name: param, optional, schema }) =>
          `${propertyKey(param)}${optional ? '?' : ''}: ${schemaTypeText(schema ?? {})}`,
      );
      this.#write(`declare function ${name}(params: { ${members.join('; ')} }): ${result};\n`);
    }
    return name;
  }

  #resultOf({ output }: SubPipeline): string {
    if (output === undefined) return `{ runId: string; status: 'succeeded' }`;
    const { task, mayBeAbsent } = output;
    const { definition } = task;
    const one =
      definition === undefined
        ? typeWithoutCode(task)
        : `ReturnType<typeof ${this.#callee(task, definition)}>`;
    return mayBeAbsent ? `${typeOfAll(task, one)} | undefined` : typeOfAll(task, one);
  }

  /** Declares `s1`, which calls the function `t1` with its inputs: types are inferred once per function, as that is slower than a call. */
  #use(definition: TaskDefinition): number {
    let number = this.#uses.get(definition);
    if (number === undefined) {
      number = this.#uses.size;
      this.#uses.set(definition, number);
      const caller = definition.parameters.is !== 'known' ? 'loose' : 'step';
      this.#write(`const s${number} = ${caller}(t${number});\n`);
    }
    return number;
  }
}

/** Returns the type of what a task without a function gives. */
const typeWithoutCode = ({ spec }: WiredTask): string =>
  spec.work.is === 'wait' ? 'ReceivedEvent' : 'Shell';

/** Returns the type of a task's whole output, where one call of it returns `one`. */
function typeOfAll({ spec, settings }: CheckedTask, one: string): string {
  const kept = settings.streamOutput ? `Streamed<${one}>` : one;
  return spec.map === undefined ? kept : `(${kept})[]`;
}

interface CallVariable {
  readonly variable: string;
  readonly firstSpot: number;
}
