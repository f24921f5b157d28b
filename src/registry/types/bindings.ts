/** Reads the parameters that a function's own syntax names, for functions whose types say less. */
import type { BindingElement, Node, ParameterDeclaration } from '@typescript/native/unstable/ast';
import {
  isIdentifier,
  isObjectBindingPattern,
  isOmittedExpression,
  isStringLiteral,
} from '@typescript/native/unstable/ast/is';
import type { Place } from '../../model/diagnostic.ts';
import type { Json } from '../../model/json.ts';
import type { Parameter } from '../../model/task.ts';
import { literalOf } from './literal.ts';

interface Binding {
  readonly name: string;
  readonly hasDefault: boolean;
  readonly default?: Json;
  readonly at: Place;
}

/** Reads names, defaults and places from `({ rows, minDelay = 0 }) =>`, whatever the type says. */
export function bindingsOf(
  declaration: Node | undefined,
  placeOf: (node: Node) => Place,
): readonly Binding[] | undefined {
  const pattern = declaration === undefined ? undefined : parametersOf(declaration)[0]?.name;
  if (pattern === undefined || !isObjectBindingPattern(pattern)) return undefined;
  return pattern.elements.flatMap((element) => {
    if (isOmittedExpression(element) || element.dotDotDotToken !== undefined) return [];
    const name = keyOf(element);
    if (name === undefined) return [];
    const value = element.initializer === undefined ? undefined : literalOf(element.initializer);
    return [
      {
        name,
        hasDefault: element.initializer !== undefined,
        at: placeOf(element),
        ...(value === undefined ? {} : { default: value }),
      },
    ];
  });
}

export const untyped = ({ name, hasDefault, default: value, at }: Binding): Parameter => ({
  name,
  optional: hasDefault,
  at,
  ...(value === undefined ? {} : { default: value }),
});

/** Accepts every kind of function, because the checker has confirmed that the node is one. */
function parametersOf(declaration: Node): readonly ParameterDeclaration[] {
  return 'parameters' in declaration
    ? (declaration.parameters as readonly ParameterDeclaration[])
    : [];
}

function keyOf({ propertyName, name }: BindingElement): string | undefined {
  const key = propertyName ?? name;
  return key !== undefined && (isIdentifier(key) || isStringLiteral(key)) ? key.text : undefined;
}
