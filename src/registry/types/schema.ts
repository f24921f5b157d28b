/**
 * Converts a type of the checker to a JSON Schema (2020-12) by asking the checker itself, so that inferred types work as written ones do.
 * Types that JSON Schema cannot express use the keyword `x-dp-type`; a type that cannot be described at all becomes the empty schema.
 */
import {
  ElementFlags,
  ObjectFlags,
  SignatureKind,
  SymbolFlags,
  TypeFlags,
  type Checker,
  type LiteralType,
  type ObjectType,
  type Symbol as TypeSymbol,
  type TemplateLiteralType,
  type TupleType,
  type Type,
  type TypeReference,
  type UnionOrIntersectionType,
} from '@typescript/native/unstable/sync';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Docs } from './docs.ts';
import { isOfPlatform, platformSchema } from './platform-types.ts';
import { anyOf, type SchemaEntry, sorted, special, withDefinitions } from './schema-parts.ts';

export interface SchemaWriter {
  /** Returns the schema of `type`, with the schemas that it refers to under `$defs`. */
  write(type: Type): JsonObject;
}

/** Returns a writer for one program. It asks about each type once. */
export function schemaWriter(checker: Checker, docs: Docs): SchemaWriter {
  const walker = new Walker(checker, docs);
  return { write: (type) => walker.root(type) };
}

/** Deeper nesting is cut off, because a generic type may grow with each level without end. */
const MAX_DEPTH = 24;

class Walker {
  readonly #checker: Checker;
  readonly #docs: Docs;
  readonly #known = new Map<number, SchemaEntry>();

  constructor(checker: Checker, docs: Docs) {
    this.#checker = checker;
    this.#docs = docs;
  }

  root(type: Type): JsonObject {
    return withDefinitions(this.#of(type, 0), this.#known);
  }

  /** Inside the walker a reference names the id of a type; `withDefinitions` gives it its readable name. */
  #of(type: Type, depth: number): JsonObject {
    const known = this.#known.get(type.id);
    if (known !== undefined)
      return known.name === undefined ? known.schema : { $ref: String(type.id) };
    if (depth > MAX_DEPTH) return { $comment: 'nested deeper than is described' };
    const name = this.#nameOf(type);
    if (name === undefined) {
      const schema = this.#fresh(type, depth);
      // Near the limit a part may have been cut off; such a schema must not be reused for a type that is nested less deeply.
      if (depth < MAX_DEPTH / 2) this.#known.set(type.id, { schema });
      return schema;
    }
    const entry: SchemaEntry = { name, schema: {} };
    this.#known.set(type.id, entry);
    entry.schema = this.#fresh(type, depth);
    return { $ref: String(type.id) };
  }

  /** Returns the schema of an element of a list, map or set, where undefined is a value. */
  #element(type: Type, depth: number): JsonObject {
    const schema = this.#of(type, depth);
    const isNothing = (type.flags & (TypeFlags.Undefined | TypeFlags.Void)) !== 0;
    return isNothing || Object.keys(schema).length === 0 || !admitsUndefined(type)
      ? schema
      : { anyOf: [schema, special('undefined')] };
  }

  /** Interfaces, classes and aliases of objects get a name, so that recursion ends and shared types are written once. */
  #nameOf(type: Type): string | undefined {
    if ((type.flags & (TypeFlags.Object | TypeFlags.Union | TypeFlags.Intersection)) === 0)
      return undefined;
    if ((type.flags & TypeFlags.Boolean) !== 0) return undefined;
    const alias = type.getAliasSymbol();
    const symbol = alias ?? type.getSymbol();
    if (symbol === undefined || symbol.name.startsWith('__') || isOfPlatform(symbol))
      return undefined;
    if (alias === undefined && (symbol.flags & (SymbolFlags.Class | SymbolFlags.Interface)) === 0)
      return undefined;
    return this.#checker
      .typeToString(type)
      .replaceAll(/[^A-Za-z0-9_]+/g, '_')
      .replace(/_$/, '')
      .slice(0, 60);
  }

  #fresh(type: Type, depth: number): JsonObject {
    const { flags } = type;
    if (flags & (TypeFlags.Any | TypeFlags.Unknown)) return {};
    if (flags & TypeFlags.Never) return { not: {} };
    if (flags & (TypeFlags.Undefined | TypeFlags.Void)) return special('undefined');
    if (flags & TypeFlags.Null) return { type: 'null' };
    if (flags & TypeFlags.Boolean) return { type: 'boolean' };
    if (flags & (TypeFlags.StringLiteral | TypeFlags.NumberLiteral | TypeFlags.BooleanLiteral)) {
      return { const: (type as LiteralType).value as string | number | boolean };
    }
    if (flags & TypeFlags.Union) return this.#union(type as UnionOrIntersectionType, depth);
    if (flags & TypeFlags.String) return { type: 'string' };
    if (flags & TypeFlags.Number) return { type: 'number' };
    if (flags & (TypeFlags.BigInt | TypeFlags.BigIntLiteral)) return special('bigint');
    if (flags & (TypeFlags.ESSymbol | TypeFlags.UniqueESSymbol)) return special('symbol');
    if (flags & TypeFlags.TemplateLiteral) return this.#template(type as TemplateLiteralType);
    if (flags & TypeFlags.StringMapping) return { type: 'string' };
    if (flags & TypeFlags.NonPrimitive) return special('object');
    if (flags & TypeFlags.Intersection)
      return this.#intersection(type as UnionOrIntersectionType, depth);
    if (flags & TypeFlags.Object) return this.#object(type as ObjectType, depth);
    if (flags & TypeFlags.Index) return { type: ['string', 'number'] };
    return this.#instantiable(type, depth);
  }

  /** Describes a free type parameter, or a type that depends on one, by its constraint. */
  #instantiable(type: Type, depth: number): JsonObject {
    const constraint = this.#checker.getBaseConstraintOfType(type);
    if (constraint !== undefined && constraint.id !== type.id)
      return this.#of(constraint, depth + 1);
    return {};
  }

  /** Describes the members as constants or alternatives. `optional` covers `undefined` among them. */
  #union(type: UnionOrIntersectionType, depth: number): JsonObject {
    const members = type
      .getTypes()
      .filter((member) => (member.flags & (TypeFlags.Undefined | TypeFlags.Void)) === 0);
    return anyOf(members.map((member) => this.#of(member, depth + 1)));
  }

  /** Describes a branded primitive as the primitive, and an intersection of objects as one object with the members of all. */
  #intersection(type: UnionOrIntersectionType, depth: number): JsonObject {
    const primitive = type.getTypes().find((member) => member.flags & TypeFlags.Primitive);
    if (primitive !== undefined) return this.#of(primitive, depth + 1);
    const platform = type.getTypes().find((member) => isOfPlatform(member.getSymbol()));
    if (platform !== undefined) return this.#of(platform, depth + 1);
    return this.#members(type, depth);
  }

  #template(type: TemplateLiteralType): { readonly type: 'string'; readonly pattern: string } {
    const holes = type.getTypes().map((hole) => holePattern(hole));
    const pattern = type.texts.map((text, i) => escapeForPattern(text) + (holes[i] ?? '')).join('');
    return { type: 'string', pattern: `^${pattern}$` };
  }

  #object(type: ObjectType, depth: number): JsonObject {
    if (this.#checker.isTupleType(type))
      return this.#tuple(type as unknown as TypeReference, depth);
    const symbol = type.getSymbol();
    const name = symbol?.name ?? '';
    if (symbol !== undefined && isOfPlatform(symbol)) {
      const platform = platformSchema(type, name, (index) => {
        const argument = this.#arguments(type)[index];
        return argument === undefined ? {} : this.#element(argument, depth + 1);
      });
      if (platform !== undefined) return platform;
    }
    if (this.#checker.getSignaturesOfType(type, SignatureKind.Call).length > 0)
      return special('function');
    if (this.#checker.getSignaturesOfType(type, SignatureKind.Construct).length > 0)
      return special('function');
    return this.#members(type, depth);
  }

  #arguments(type: ObjectType): readonly Type[] {
    return (type.objectFlags & ObjectFlags.Reference) !== 0
      ? this.#checker.getTypeArguments(type as TypeReference)
      : [];
  }

  #tuple(type: TypeReference, depth: number): JsonObject {
    const { elementFlags } = type.getTarget() as TupleType;
    const elements = this.#checker
      .getTypeArguments(type)
      .map((element) => this.#element(element, depth + 1));
    const open = elementFlags.findIndex((flag) => (flag & ElementFlags.Variable) !== 0);
    const fixed = open === -1 ? elements : elements.slice(0, open);
    const required = elementFlags.filter((flag) => (flag & ElementFlags.Required) !== 0).length;
    const rest = open === -1 ? false : anyOf(elements.slice(open));
    return {
      type: 'array',
      ...(fixed.length === 0 ? {} : { prefixItems: fixed }),
      items: rest,
      minItems: required,
    };
  }

  #members(type: Type, depth: number): JsonObject {
    const isInstance =
      type.isClassOrInterface() && (type as unknown as ObjectType).objectFlags & ObjectFlags.Class;
    const visible = this.#checker.getPropertiesOfType(type).filter((symbol) => isVisible(symbol));
    const methods = isInstance
      ? visible.filter(({ flags }) => flags & SymbolFlags.Method).map(({ name }) => name)
      : [];
    const symbols = visible.filter(({ name }) => !methods.includes(name));
    const indexes = this.#indexes(type, depth);
    // `{}` is any value but null and undefined, and texts and lists have a length too.
    const isOpen = symbols.every(({ name }) => name === 'length');
    if (!isInstance && isOpen && this.#checker.getIndexInfosOfType(type).length === 0) return {};
    const types = this.#checker.getTypeOfSymbol(symbols);
    const properties: Record<string, Json> = {};
    const required: string[] = [];
    symbols.forEach((symbol, i) => {
      const member = types[i];
      const schema = member === undefined ? {} : this.#of(member, depth + 1);
      properties[symbol.name] = { ...schema, ...this.#docs.annotations(symbol) };
      if (!isOptional(symbol, member)) required.push(symbol.name);
    });
    return {
      type: 'object',
      ...(symbols.length === 0 ? {} : { properties: sorted(properties) }),
      ...(required.length === 0 ? {} : { required: required.toSorted() }),
      ...indexes,
      ...(isInstance ? { 'x-dp-class': type.getSymbol()?.name ?? '' } : {}),
      ...(methods.length === 0 ? {} : { 'x-dp-methods': methods.toSorted() }),
    };
  }

  #indexes(type: Type, depth: number): JsonObject {
    let additional: JsonObject | undefined;
    const patterns: Record<string, Json> = {};
    for (const { keyType, valueType } of this.#checker.getIndexInfosOfType(type)) {
      const schema = this.#element(valueType, depth + 1);
      if (keyType.flags & TypeFlags.String) additional = schema;
      else if (keyType.flags & TypeFlags.Number) patterns['^-?[0-9]'] = schema;
      else if (keyType.flags & TypeFlags.TemplateLiteral) {
        patterns[this.#template(keyType as TemplateLiteralType).pattern] = schema;
      }
    }
    return {
      ...(Object.keys(patterns).length === 0 ? {} : { patternProperties: patterns }),
      ...(additional === undefined || Object.keys(additional).length === 0
        ? {}
        : { additionalProperties: additional }),
    };
  }
}

/** Returns true where a value may be absent: `x?: T`, or a type that admits undefined. */
export function isOptional(symbol: TypeSymbol, type: Type | undefined): boolean {
  return (
    (symbol.flags & SymbolFlags.Optional) !== 0 || (type !== undefined && admitsUndefined(type))
  );
}

function admitsUndefined(type: Type): boolean {
  if (type.flags & (TypeFlags.Any | TypeFlags.Unknown | TypeFlags.Undefined | TypeFlags.Void))
    return true;
  return (
    type.isUnionType() &&
    type.getTypes().some((member) => member.flags & (TypeFlags.Undefined | TypeFlags.Void))
  );
}

/** Returns false for members keyed by symbols and `#private` names, which are not data. */
function isVisible(symbol: TypeSymbol): boolean {
  return !/^__[@#]/.test(symbol.escapedName);
}

function holePattern(type: Type): string {
  if (type.flags & TypeFlags.Number) return '-?[0-9]+(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?';
  if (type.flags & TypeFlags.BigInt) return '-?[0-9]+';
  if (type.flags & TypeFlags.Boolean) return '(?:true|false)';
  if (type.isLiteralType()) return escapeForPattern(String(type.value));
  if (type.isUnionType())
    return `(?:${type
      .getTypes()
      .map((member) => holePattern(member))
      .join('|')})`;
  return '[\\s\\S]*';
}

const escapeForPattern = (text: string): string =>
  text.replaceAll(/[$()*+./?[\\\]^{|}]/g, String.raw`\$&`);
