import { SyntaxKind, type Node } from '@typescript/native/unstable/ast';
import {
  isArrayLiteralExpression,
  isIdentifier,
  isNoSubstitutionTemplateLiteral,
  isNumericLiteral,
  isObjectLiteralExpression,
  isPrefixUnaryExpression,
  isPropertyAssignment,
  isStringLiteral,
} from '@typescript/native/unstable/ast/is';
import type { Json } from '../../model/json.ts';

/** Returns the value of an expression that is a literal; undefined when it would have to be computed. */
export function literalOf(node: Node): Json | undefined {
  if (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (isNumericLiteral(node)) return Number(node.text.replaceAll('_', ''));
  if (node.kind === SyntaxKind.TrueKeyword) return true;
  if (node.kind === SyntaxKind.FalseKeyword) return false;
  if (node.kind === SyntaxKind.NullKeyword) return null;
  if (isPrefixUnaryExpression(node) && node.operator === SyntaxKind.MinusToken) {
    const value = literalOf(node.operand);
    return typeof value === 'number' ? -value : undefined;
  }
  if (isArrayLiteralExpression(node))
    return whole(node.elements.map((element) => literalOf(element)));
  if (isObjectLiteralExpression(node)) {
    const entries = whole(
      node.properties.map((property) => {
        if (
          !isPropertyAssignment(property) ||
          !(isIdentifier(property.name) || isStringLiteral(property.name))
        )
          return undefined;
        const value = literalOf(property.initializer);
        return value === undefined ? undefined : ([property.name.text, value] as const);
      }),
    );
    return entries === undefined ? undefined : Object.fromEntries(entries);
  }
  return undefined;
}

function whole<T>(parts: readonly (T | undefined)[]): T[] | undefined {
  const known = parts.filter((part) => part !== undefined);
  return known.length === parts.length ? known : undefined;
}
