/**
 * The pure half of the type check of edges: wired tasks come in, TypeScript text goes out that calls every step with its inputs;
 * the compiler's findings on that text come in, diagnostics that name both ends of the edge go out.
 * It never starts the compiler and judges no type by itself.
 */
import { isDeepStrictEqual } from 'node:util';
import { relative } from 'node:path';
import type { Diagnostic, Place } from '../model/diagnostic.ts';
import type { TaskName } from '../model/ids.ts';
import type { ParamSpec } from '../model/pipeline.ts';
import type { Parameter, TaskDefinition } from '../model/task.ts';
import type {
  CheckOutcome,
  CheckRequest,
  SpotError,
  Spot,
} from '../registry/types/check-request.ts';
import { quoted, schemaTypeText, UNREADABLE } from '../registry/types/type-text.ts';
import { literalText, type OutputText, templateText } from './type-text.ts';
import { mayLackResult, skippable, whyAbsent } from './absence.ts';
import type { CheckedTask, SubPipeline, WiredEdge } from './wiring.ts';

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

/** The subject of a piece of the generated text. */
export type CheckSubject =
  | {
      readonly is: 'edge';
      readonly task: CheckedTask;
      readonly edge: WiredEdge;
      readonly parameter: string;
      readonly upstream: CheckedTask | undefined;
      readonly mayBeAbsent: boolean;
    }
  | {
      readonly is: 'value';
      readonly task: CheckedTask;
      readonly parameter: string;
      readonly at: Place;
    }
  | {
      readonly is: 'element';
      readonly task: CheckedTask;
      readonly parameter: string;
      readonly at: Place;
    }
  | { readonly is: 'condition'; readonly task: CheckedTask; readonly at: Place }
  | { readonly is: 'call'; readonly task: CheckedTask };

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
    if (definition === undefined) call.write('declare const $: Shell');
    else {
      call.spot({ is: 'call', task }, () => {
        call.write(`${this.#callee(task, definition)}({\n`);
        this.#arguments(call, task, definition);
        call.write('})');
      });
    }
    this.#variableOf.set(task.spec.name, this.#stepOf(call, definition === undefined).variable);
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
    this.#stepOf(call, false);
  }

  /** Returns the step of a call; calls with the same text share one step, and its spots. */
  #stepOf(call: CallText, isCommand: boolean): CallVariable {
    const { text } = call;
    let step = this.#steps.get(text);
    if (step === undefined) {
      step = { variable: `$${this.#steps.size}`, firstSpot: this.#spots.length };
      this.#steps.set(text, step);
      this.#declare(step, call, isCommand);
    }
    for (const [i, { subject }] of call.spots.entries()) {
      (this.#subjects[step.firstSpot + i] ??= []).push(subject);
    }
    return step;
  }

  #declare({ variable }: CallVariable, call: CallText, isCommand: boolean): void {
    if (isCommand) {
      this.#write(`declare const ${variable}: Shell;\n`);
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
        { is: 'edge', task, edge, parameter: edge.parameter, upstream, mayBeAbsent },
        this.#outputText(upstream, mayBeAbsent && !isOptional),
      );
    }
    for (const [parameter, { value, at }] of spec.with) {
      const isOptional = parameterOf(definition, parameter)?.optional === true;
      const isTold = !isOptional || typeof value !== 'string';
      call.argument(
        parameter,
        { is: 'value', task, parameter, at },
        literalText(value, this.#readBy(task, isTold)),
      );
    }
    if (spec.map !== undefined) {
      const list = templateText(`\${${spec.map.over.value}}`, this.#readBy(task, false));
      call.argument(
        spec.map.as,
        { is: 'element', task, parameter: spec.map.as, at: spec.map.over.at },
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
      definition === undefined ? 'Shell' : `ReturnType<typeof ${this.#callee(task, definition)}>`;
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

/** Returns the type of a task's whole output, where one call of it returns `one`. */
function typeOfAll({ spec, settings }: CheckedTask, one: string): string {
  const kept = settings.streamOutput ? `Streamed<${one}>` : one;
  return spec.map === undefined ? kept : `(${kept})[]`;
}

interface CallVariable {
  readonly variable: string;
  readonly firstSpot: number;
}

/** One call as text, with the subjects of its parts; offsets from its beginning. */
class CallText {
  readonly spots: { readonly start: number; end: number; readonly subject: CheckSubject }[] = [];
  text = '';

  write(text: string): void {
    this.text += text;
  }

  spot(subject: CheckSubject, write: () => void): void {
    const spot = { start: this.text.length, end: 0, subject };
    this.spots.push(spot);
    write();
    spot.end = this.text.length;
  }

  argument(parameter: string, subject: CheckSubject, expression: string): void {
    this.spot(subject, () => this.write(`${propertyKey(parameter)}: ${expression}`));
    this.write(',\n');
  }
}

/** Returns every finding as a diagnostic, in the order of the pipeline. Places inside `root` are shown relative to it. */
export function typeDiagnostics(
  { subjects, request }: CheckModule,
  { findings, untyped }: CheckOutcome,
  root: string,
): readonly Diagnostic[] {
  const wrong = findings.flatMap((finding) =>
    subjects[finding.spot]!.map((subject) => ({
      at: subject.task.spec.at,
      spot: finding.spot,
      diagnostic: told(subject, finding, root),
    })),
  );
  const open = request.strict ? uncheckedSupplies(subjects, untyped) : [];
  return [...wrong, ...open]
    .sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column || a.spot - b.spot)
    .map(({ diagnostic }) => diagnostic)
    .filter((diagnostic, i, all) => i === 0 || !isDeepStrictEqual(diagnostic, all[i - 1]));
}

function told(subject: CheckSubject, finding: SpotError, root: string): Diagnostic {
  const reason = finding.reason
    .slice(0, MAX_REASON_LINES)
    .map((line) => `\n  ${line}`)
    .join('');
  const { name } = subject.task.spec;
  if (subject.is === 'condition')
    return {
      code: 'DP1009',
      severity: 'error',
      message: `\`when\` of "${name}" is true or false, and \${${subject.task.spec.when?.value}} has the type ${finding.gives}`,
      at: subject.at,
      hint: 'compare it with something, as in ${tasks.NAME.output.count > 0}',
    };
  const definition = subject.task.definition!;
  if (subject.is === 'call') {
    const isFed = subject.task.edges.some((edge) => edge.kind === 'data');
    return {
      code: isFed ? 'DP5001' : 'DP5002',
      severity: 'error',
      message: `the inputs of task "${name}" do not fit its parameters as a whole${reason}`,
      at: subject.task.spec.at,
      related: [{ message: `"${definition.name}" is defined here`, at: definition.at }],
    };
  }
  const parameter = parameterOf(definition, subject.parameter);
  const expectedAt = parameter?.at ?? finding.expectedAt ?? definition.at;
  const expects = `expects ${parameter?.type ?? 'another type'}`;
  const end = `${shown(expectedAt, root)} ${expects}`;
  if (subject.is !== 'edge') {
    const what =
      subject.is === 'value' ? `the value of "${subject.parameter}"` : `an element of the list`;
    const hint = hintForValue(finding);
    return {
      code: 'DP5002',
      severity: 'error',
      message: `${what} does not fit task "${name}": ${end}; the value has the type ${finding.gives}${reason}`,
      at: subject.at,
      ...(hint === undefined ? {} : { hint }),
      related: [{ message: expects, at: expectedAt }],
    };
  }
  const { edge, upstream } = subject;
  const givenAt = upstream?.definition?.at ?? upstream?.spec.at ?? edge.at;
  const hint = hintFor(subject, parameter, finding);
  return {
    code: 'DP5001',
    severity: 'error',
    message: `what "${edge.task}" gives does not fit parameter "${subject.parameter}" of "${name}": ${end}; ${shown(givenAt, root)} gives ${finding.gives}${reason}`,
    at: edge.at,
    ...(hint === undefined ? {} : { hint }),
    related: [
      { message: expects, at: expectedAt },
      { message: `gives ${finding.gives}`, at: givenAt },
    ],
  };
}

/** Fits on one screen. */
const MAX_REASON_LINES = 12;

function hintFor(
  { task, edge, parameter, mayBeAbsent, upstream }: Extract<CheckSubject, { is: 'edge' }>,
  declared: Parameter | undefined,
  { gives }: SpotError,
): string | undefined {
  if (mayBeAbsent && declared?.optional !== true && gives.endsWith(' | undefined')) {
    return `"${edge.task}" may end without a value (${whyAbsent(upstream, task)}): let the parameter be "${parameter}?"`;
  }
  if (gives.startsWith('AsyncIterable<') && declared?.type?.startsWith('AsyncIterable<') !== true)
    return `"${edge.task}" streams its items: take an AsyncIterable and read it with for await`;
  return undefined;
}

function hintForValue({ gives, reason }: SpotError): string | undefined {
  if (reason.some((line) => line.includes(UNREADABLE)))
    return 'expressions read no streams: hand it over by `needs` or `inputs`, or let a task collect it';
  return gives.endsWith(' | undefined')
    ? 'the task that gives it may end without a value: let the parameter be optional'
    : undefined;
}

/** Reports every value passed to a task that cannot be checked, since one end of it has no type. */
function uncheckedSupplies(
  subjects: CheckModule['subjects'],
  untyped: CheckOutcome['untyped'],
): { at: Place; spot: number; diagnostic: Diagnostic }[] {
  const given = new Map(untyped.map(({ spot, type }) => [spot, type]));
  return subjects.flatMap((sharing, spot) =>
    sharing.flatMap((subject) => {
      const diagnostic = unchecked(subject, given.get(spot));
      return diagnostic === undefined ? [] : [{ at: subject.task.spec.at, spot, diagnostic }];
    }),
  );
}

function unchecked(
  subject: CheckSubject,
  given: 'any' | 'unknown' | undefined,
): Diagnostic | undefined {
  switch (subject.is) {
    case 'edge': {
      const { task, parameter, edge, upstream } = subject;
      const takes = takenBy(task.definition, parameter);
      const gives = upstream === undefined ? undefined : given;
      if (gives === undefined && takes !== 'any' && takes !== 'unknown') return undefined;
      const culprit = gives === undefined ? task.definition : upstream?.definition;
      const end = gives === undefined ? takesText(task, takes) : `"${edge.task}" gives ${gives}`;
      return uncheckedBetween(`"${edge.task}"`, task, { end, at: edge.at, culprit });
    }
    case 'value':
    case 'element': {
      const { task, parameter, at } = subject;
      const takes = takenBy(task.definition, parameter);
      if (takes !== 'any') return undefined;
      const source = subject.is === 'value' ? `the value of "${parameter}"` : 'the list';
      const end = takesText(task, takes);
      return uncheckedBetween(source, task, { end, at, culprit: task.definition });
    }
    default:
      return undefined;
  }
}

const takesText = ({ spec }: CheckedTask, type: string): string => `"${spec.name}" takes ${type}`;

function uncheckedBetween(
  source: string,
  { spec }: CheckedTask,
  {
    end,
    at,
    culprit,
  }: {
    readonly end: string;
    readonly at: Place;
    readonly culprit: TaskDefinition | undefined;
  },
): Diagnostic {
  return {
    code: 'DP5003',
    severity: 'error',
    message: `nothing could be checked between ${source} and "${spec.name}": ${end}`,
    at,
    hint: 'write the type down, in TypeScript or as JSDoc',
    related: [{ message: 'here', at: culprit?.at ?? at }],
  };
}

/** Returns the type of a parameter; `any` where none is declared, empty where the definition has no such parameter. */
function takenBy(definition: TaskDefinition | undefined, name: string): string {
  const parameters = definition?.parameters;
  if (parameters?.is !== 'known') return parameters === undefined ? '' : 'any';
  const parameter = parameters.list.find((each) => each.name === name);
  if (parameter !== undefined) return parameter.type ?? 'any';
  return parameters.rest === true ? 'any' : '';
}

function parameterOf(definition: TaskDefinition | undefined, name: string): Parameter | undefined {
  return definition?.parameters.is === 'known'
    ? definition.parameters.list.find((parameter) => parameter.name === name)
    : undefined;
}

function shown({ file, line, column }: Place, root: string): string {
  const path = relative(root, file);
  return `${path.startsWith('..') ? file : path}:${line}:${column}`;
}

/** Returns a computed key where a plain key would set the prototype. */
const propertyKey = (name: string): string =>
  name === '__proto__' ? `[${quoted(name)}]` : quoted(name);
