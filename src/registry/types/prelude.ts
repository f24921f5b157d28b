/** The head of a generated module: the vocabulary that `check-request.ts` promises, and the functions of the tasks. */
import type { Access } from './access.ts';
import { quoted, RECEIVED_EVENT_TYPE, UNREADABLE } from './type-text.ts';

export function prelude(accesses: readonly Access[]): string {
  const modules = new Map<string, string>();
  const nameOf = (module: string): string => {
    let name = modules.get(module);
    if (name === undefined) modules.set(module, (name = `m${modules.size}`));
    return name;
  };
  const functions = accesses.map(({ module, member }, i) =>
    member === undefined
      ? `declare const t${i}: any;`
      : `const t${i} = fn(${nameOf(module)}, ${quoted(member)});`,
  );
  const imports = [...modules].map(([path, name]) => `import * as ${name} from ${quoted(path)};`);
  return [...imports, VOCABULARY, ...functions, ''].join('\n');
}

// `step` infers a function from a function, which is how a generic task stays generic until it is called.
// `Taken` is a task's function, with the input of its schema where it has one.
// `Given` is `Output` with every stream replaced by what its consumer receives; a type that is not wrapped passes unchanged, so that it keeps its name.
const VOCABULARY = `type Wrapped = PromiseLike<any> | AsyncIterable<any> | IterableIterator<any>;
type Given<R> = [Extract<R, Wrapped>] extends [never] ? R
  : R extends AsyncIterable<infer I> ? AsyncIterable<I>
  : R extends IterableIterator<infer I> ? AsyncIterable<I>
  : R extends Promise<infer T> ? Given<T> : Awaited<R>;
type Streamed<T> = T extends AsyncIterable<any> | string ? T : T extends Iterable<infer I> ? AsyncIterable<I> : T;
interface ${UNREADABLE} { readonly [unreadable]: never }
declare const unreadable: unique symbol;
type Read<T> = 0 extends 1 & T ? T : T extends AsyncIterable<any> ? ${UNREADABLE} : T;
type Shell = { exitCode: 0; stdout: string; stderr: string; truncated: boolean; replaced?: true };
type ReceivedEvent = ${RECEIVED_EVENT_TYPE};
type Taken<T> = T extends { readonly fn: infer F; readonly '~input': infer I } ? F extends (params: never, ctx: any) => infer R ? (params: I, ctx: any) => R : never
  : T extends { readonly fn: infer F } ? F : T;
declare function fn<M, const K>(module: M, name: K): K extends keyof M ? Taken<M[K]> : any;
declare function step<P, R>(fn: (params: P, ctx: any) => R): (params: P) => Given<R>;
declare function loose<R>(fn: (params: any, ctx: any) => R): (params: any) => Given<R>;
declare function each<T>(list: readonly T[]): T;
declare function condition(given: { readonly when: boolean }): void;
declare function read<T>(output: T): Read<T>;
declare const given: any;`;
