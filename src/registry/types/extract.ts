/** Reads parameters and outputs from types: functions of tasks come in, schemas go out. It runs none of their code. */
import {
  SignatureKind,
  SymbolFlags,
  TypeFlags,
  type Project,
  type Signature,
  type Symbol as TypeSymbol,
  type Type,
  type TypeReference,
} from '@typescript/native/unstable/sync';
import type { Node } from '@typescript/native/unstable/ast';
import { isIdentifier, isSourceFile } from '@typescript/native/unstable/ast/is';
import type { Place } from '../../model/diagnostic.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Parameter, Parameters, TaskDefinition } from '../../model/task.ts';
import { bindingsOf, untyped } from './bindings.ts';
import { applyAccess, byExport, byPlace, type Access } from './access.ts';
import type { Compiler } from './compiler.ts';
import { docsOf, hasCommentBefore, type Docs } from './docs.ts';
import type { TypeOptions } from './options.ts';
import { placesIn, type Places } from './places.ts';
import { prelude } from './prelude.ts';
import { isOfPlatform, STREAMS } from './platform-types.ts';
import { isPositional } from './positional.ts';
import { isOptional, schemaWriter, type SchemaWriter } from './schema.ts';
import { liveMember, type LiveMember } from './uncrossable.ts';
import { workspaceFor } from './workspace.ts';

/** The part of a task's definition that its types tell. It is plain data, so that it can be cached. */
export interface Extracted {
  readonly access: Access;
  readonly parameters: Parameters;
  readonly output: NonNullable<TaskDefinition['output']>;
  readonly description?: string;
  readonly live?: LiveMember;
}

export interface Extraction {
  /** The extracted parts, in the order of the definitions. */
  readonly tasks: readonly Extracted[];
  /** Every file the answer depends on. */
  readonly files: readonly string[];
}

export function extractTasks(
  definitions: readonly TaskDefinition[],
  options: TypeOptions,
  compiler: Compiler,
): Extraction {
  const accesses = definitions.map(byExport);
  let program = openTasks(accesses, options, compiler);
  const exported = accesses.map((access, i) =>
    program.hasFunction(i) ? access : byPlace(definitions[i]!, program.project),
  );
  if (exported.some((access, i) => access !== accesses[i])) {
    applyAccess(exported, compiler);
    program = openTasks(exported, options, compiler);
  }
  const reader = new Reader(program.project);
  return {
    tasks: exported.map((access, i) => ({
      access,
      ...reader.read(program.functionType(i), program.outputType(i), program.parameterType(i)),
    })),
    files: program.project.program.getSourceFileNames(),
  };
}

/** Returns a program that names every task's function `t0`…, its output `o0`… and its parameters `p0`…. */
function openTasks(accesses: readonly Access[], options: TypeOptions, compiler: Compiler) {
  const types = accesses.flatMap((_, i) => [
    `declare const o${i}: Given<ReturnType<typeof t${i}>>;`,
    `declare const p${i}: Parameters<typeof t${i}>[0];`,
  ]);
  const text = [prelude(accesses), ...types, ''].join('\n');
  const { configFile, file } = workspaceFor(text, options, compiler);
  const project = compiler.open(configFile);
  const offsets = ['t', 'o', 'p'].flatMap((kind) => {
    let from = 0;
    return accesses.map((_, i) => (from = text.indexOf(` ${kind}${i}`, from) + 1));
  });
  const found = project.checker.getTypeAtPosition(file, offsets);
  const typeAt = (kind: 0 | 1 | 2, i: number): Type | undefined =>
    found[kind * accesses.length + i];
  return {
    project,
    functionType: (i: number) => typeAt(0, i),
    outputType: (i: number) => typeAt(1, i),
    parameterType: (i: number) => typeAt(2, i),
    hasFunction(i: number) {
      const type = typeAt(0, i);
      return type !== undefined && !type.isErrorType() && (type.flags & TypeFlags.Any) === 0;
    },
  };
}

class Reader {
  readonly #project: Project;
  readonly #docs: Docs;
  readonly #schemas: SchemaWriter;
  readonly #places = new Map<string, Places>();
  readonly #texts = new Map<number, string>();

  constructor(project: Project) {
    this.#project = project;
    this.#docs = docsOf(project);
    this.#schemas = schemaWriter(project.checker, this.#docs);
  }

  read(
    fn: Type | undefined,
    output: Type | undefined,
    instantiated: Type | undefined,
  ): Omit<Extracted, 'access'> {
    const { checker } = this.#project;
    const signature =
      fn === undefined ? undefined : checker.getSignaturesOfType(fn, SignatureKind.Call)[0];
    if (signature === undefined) return { parameters: { is: 'unknown' }, output: {} };
    const owners = this.#owners(signature);
    const description = owners
      .map((owner) => this.#docs.description(owner))
      .find((text) => text !== undefined);
    const given = this.#output(signature, output);
    const live = given.schema === undefined ? undefined : liveMember(given.schema);
    return {
      parameters: this.#parameters(signature, instantiated, owners),
      output: given,
      ...(live === undefined ? {} : { live }),
      ...(description === undefined ? {} : { description }),
    };
  }

  #parameters(
    signature: Signature,
    instantiated: Type | undefined,
    owners: readonly TypeSymbol[],
  ): Parameters {
    const { checker } = this.#project;
    if (signature.parameters.length === 0) return { is: 'known', list: [] };
    const bindings = bindingsOf(signature.declaration?.resolve(this.#project), (node) =>
      this.#placeOf(node),
    );
    const isGeneric = (signature.typeParameters?.length ?? 0) > 0;
    const type = isGeneric ? checker.getParameterType(signature, 0) : instantiated;
    if (type === undefined || type.flags & (TypeFlags.AnyOrUnknown | TypeFlags.Never)) {
      return bindings === undefined
        ? { is: 'unknown' }
        : { is: 'known', list: bindings.map(untyped) };
    }
    if (isPositional(type, checker)) return { is: 'positional', type: this.#textOf(type) };
    const described = instantiated ?? type;
    // The declared type of a generic function says more than the type that its constraints leave.
    const declared = isGeneric
      ? this.#properties(type).map(
          ({ symbol, type: member }) => [symbol.name, this.#text(member, symbol)] as const,
        )
      : [];
    const texts = new Map(declared);
    const tags = new Map(owners.flatMap((owner) => [...this.#docs.params(owner)]));
    const list = this.#properties(described).map(
      ({ symbol, type: member, everywhere }): Parameter => {
        const binding = bindings?.find(({ name }) => name === symbol.name);
        const description = this.#docs.description(symbol) ?? tags.get(symbol.name);
        const at = this.#declaredAt(symbol) ?? binding?.at;
        return {
          name: symbol.name,
          optional: !everywhere || isOptional(symbol, member) || binding?.hasDefault === true,
          ...(binding?.default === undefined ? {} : { default: binding.default }),
          ...(member === undefined
            ? {}
            : { schema: { ...this.#schemas.write(member), ...this.#docs.annotations(symbol) } }),
          type: texts.get(symbol.name) ?? this.#text(member, symbol),
          ...(description === undefined ? {} : { description }),
          ...(at === undefined ? {} : { at }),
        };
      },
    );
    return { is: 'known', list, ...this.#rest(described) };
  }

  /** Returns the properties of a parameter object; for a union, those of every member. */
  #properties(type: Type): { symbol: TypeSymbol; type: Type | undefined; everywhere: boolean }[] {
    const { checker } = this.#project;
    const members = type.isUnionType() ? type.getTypes() : [type];
    const found = new Map<string, { symbol: TypeSymbol; count: number }>();
    for (const member of members) {
      for (const symbol of checker.getPropertiesOfType(
        member.flags & TypeFlags.Instantiable
          ? (checker.getApparentType(member) ?? member)
          : member,
      )) {
        const before = found.get(symbol.name);
        if (before === undefined) found.set(symbol.name, { symbol, count: 1 });
        else before.count++;
      }
    }
    const common = type.isUnionType()
      ? new Map(checker.getPropertiesOfType(type).map((symbol) => [symbol.name, symbol]))
      : undefined;
    const entries = [...found.values()].map(({ symbol, count }) => ({
      symbol: common?.get(symbol.name) ?? symbol,
      everywhere: count === members.length,
    }));
    const types = checker.getTypeOfSymbol(entries.map(({ symbol }) => symbol));
    return entries.map((entry, i) => ({ ...entry, type: types[i] }));
  }

  #rest(type: Type): { rest?: JsonObject | true } {
    const named = this.#project.checker
      .getIndexInfosOfType(type)
      .find(({ keyType }) => keyType.flags & TypeFlags.String);
    if (named === undefined) return {};
    const schema = this.#schemas.write(named.valueType);
    return { rest: Object.keys(schema).length === 0 ? true : schema };
  }

  #output(signature: Signature, type: Type | undefined): Extracted['output'] {
    if (type === undefined) return {};
    const { checker } = this.#project;
    const isGeneric = (signature.typeParameters?.length ?? 0) > 0;
    const text = this.#textOf(isGeneric ? this.#awaited(signature, type) : type);
    const symbol = type.getSymbol();
    if (symbol === undefined || !STREAMS.has(symbol.name) || !isOfPlatform(symbol)) {
      return { schema: this.#schemas.write(type), type: text };
    }
    const item = checker.getTypeArguments(type as TypeReference)[0];
    return item === undefined
      ? { type: text, streams: true }
      : { schema: this.#schemas.write(item), type: this.#textOf(item), streams: true };
  }

  /** Returns the declared return type, with a promise unwrapped. */
  #awaited(signature: Signature, fallback: Type): Type {
    const { checker } = this.#project;
    const declared = checker.getReturnTypeOfSignature(signature);
    const symbol = declared?.getSymbol();
    if (declared === undefined) return fallback;
    if (symbol?.name !== 'Promise' || !isOfPlatform(symbol)) return declared;
    return checker.getTypeArguments(declared as TypeReference)[0] ?? fallback;
  }

  #text(type: Type | undefined, symbol: TypeSymbol): string {
    if (type === undefined) return 'any';
    const text = this.#textOf(type);
    return symbol.flags & SymbolFlags.Optional ? text.replace(/ \| undefined$/, '') : text;
  }

  #textOf(type: Type): string {
    let text = this.#texts.get(type.id);
    if (text === undefined)
      this.#texts.set(type.id, (text = this.#project.checker.typeToString(type)));
    return text;
  }

  #declaredAt(symbol: TypeSymbol): Place | undefined {
    const node = (symbol.valueDeclaration ?? symbol.declarations[0])?.resolve(this.#project);
    return node === undefined ? undefined : this.#placeOf(node);
  }

  #placeOf(node: Node): Place {
    const source = node.getSourceFile();
    let places = this.#places.get(source.fileName);
    if (places === undefined)
      this.#places.set(source.fileName, (places = placesIn(source.fileName, source.text)));
    return places.placeOf(node.getStart(source));
  }

  /** Returns the nodes that a doc comment may precede: the function, and the variable that holds it or its task. */
  #owners(signature: Signature): readonly TypeSymbol[] {
    const declaration = signature.declaration?.resolve(this.#project);
    const names: Node[] = [];
    let isCommented = false;
    let node = declaration;
    for (
      let n = 0;
      node !== undefined && n < MAX_ANCESTORS && !isSourceFile(node);
      n++, node = node.parent
    ) {
      isCommented ||= hasCommentBefore(node);
      const { name } = node as { name?: Node };
      if (name !== undefined && isIdentifier(name)) names.push(name);
    }
    if (!isCommented) return [];
    return this.#project.checker
      .getSymbolAtLocation(names)
      .filter((symbol) => symbol !== undefined);
  }
}

/** Walks up from a function through the call of `task`, the variable and its list to the statement. */
const MAX_ANCESTORS = 5;
