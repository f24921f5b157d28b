/** Kinds that are made of other kinds. */
import { inside, type ReadBy, type ValueKind, wrong, type WrittenFor } from './value-kind.ts';

export function list<T, W>(item: ValueKind<T, W>): ValueKind<readonly T[], readonly W[]> {
  return {
    expected: 'a list',
    schema: { type: 'array', items: item.schema },
    type: `readonly (${item.type})[]`,
    accepts: Array.isArray,
    read(value, reading) {
      if (!Array.isArray(value)) return wrong(value, reading, { expected: this.expected });
      // Array.from also visits the holes of a sparse list.
      const items = Array.from(value, (each: unknown, place) =>
        item.read(each, inside(reading, place)),
      );
      return items.every((each) => each !== undefined) ? items : undefined;
    },
  };
}

/** Accepts a list, or a single value as a list of one. */
export function oneOrMore<T, W>(
  item: ValueKind<T, W>,
  whenEmpty?: { readonly hint: string },
): ValueKind<readonly T[], W | readonly W[]> {
  const many = list(item);
  const expected = `${item.expected}, or a list`;
  return {
    expected,
    schema: { anyOf: [item.schema, many.schema] },
    type: `${item.type} | ${many.type}`,
    accepts: (value) => item.accepts(value) || many.accepts(value),
    read(value, reading) {
      if (Array.isArray(value))
        return value.length === 0 && whenEmpty !== undefined
          ? wrong(value, reading, { expected: `${expected} of them`, ...whenEmpty })
          : many.read(value, reading);
      if (!item.accepts(value)) return wrong(value, reading, { expected });
      const only = item.read(value, reading);
      return only === undefined ? undefined : [only];
    },
  };
}

/** The first member that accepts the value reads it. */
export function union<const K extends readonly ValueKind<unknown, unknown>[]>(
  expected: string,
  members: K,
): ValueKind<ReadBy<K[number]>, WrittenFor<K[number]>> {
  return {
    expected,
    schema: { anyOf: members.map(({ schema }) => schema) },
    type: members.map(({ type }) => type).join(' | '),
    accepts: (value) => members.some((member) => member.accepts(value)),
    read(value, reading) {
      const member = members.find((candidate) => candidate.accepts(value));
      if (member === undefined) return wrong(value, reading, { expected });
      // A cast: a member's value
      return member.read(value, reading) as ReadBy<K[number]> | undefined;
    },
  };
}

/** Accepts what `kind` accepts, and returns what `change` makes of it. */
export function changed<T, W, U>(kind: ValueKind<T, W>, change: (value: T) => U): ValueKind<U, W> {
  return {
    ...kind,
    read(value, reading) {
      const read = kind.read(value, reading);
      return read === undefined ? undefined : change(read);
    },
  };
}
