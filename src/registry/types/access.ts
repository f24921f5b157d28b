/** Finds how generated text reaches a task's function: by its export, or by an export added to an in-memory copy of its module. */
import { readFileSync } from 'node:fs';
import { NodeBuilderFlags, type Project } from '@typescript/native/unstable/sync';
import type { CallExpression, Node, SourceFile } from '@typescript/native/unstable/ast';
import {
  isCallExpression,
  isExportAssignment,
  isIdentifier,
  isSourceFile,
  isVariableDeclaration,
} from '@typescript/native/unstable/ast/is';
import { digestOf } from '../../model/ids.ts';
import type { TaskDefinition } from '../../model/task.ts';
import type { Compiler } from './compiler.ts';
import { placesIn } from './places.ts';

/** Way to a task's function. It is plain data, cached with what was extracted. */
export interface Access {
  readonly module: string;
  /** Undefined when the function cannot be reached; nothing is known about it then. */
  readonly member?: string;
  /** Text to add to the module, so that it exports `member`. */
  readonly added?: string;
}

/** Returns access by export, as most tasks have it. */
export const byExport = ({ module, exportName, name }: TaskDefinition): Access => ({
  module,
  member: exportName ?? name,
});

/** Finds a task that its module does not export under its name, by the place of its call. */
export function byPlace({ name, at }: TaskDefinition, project: Project): Access {
  const module = at.file;
  const source = project.program.getSourceFile(module);
  const call =
    source === undefined ? undefined : callAt(source, placesIn(module, source.text).offsetOf(at));
  if (source === undefined || call === undefined) return { module };
  if (isExportAssignment(call.parent)) return { module, member: 'default' };
  const member = `__dp_${digestOf([name, String(at.line), String(at.column)]).slice(0, 12)}`;
  const variable = topLevelName(call);
  if (variable !== undefined)
    return { module, member, added: `\nexport { ${variable} as ${member} };` };
  const type = typeTextOf(call, source, project);
  if (type === undefined || !/\.[cm]?tsx?$/.test(module)) return { module };
  return { module, member, added: `\nexport declare const ${member}: { readonly fn: ${type} };` };
}

/** Makes the added exports visible to the projects that are opened from here on. */
export function applyAccess(accesses: Iterable<Access>, compiler: Compiler): boolean {
  const additions = new Map<string, Set<string>>();
  for (const { module, added } of accesses) {
    if (added !== undefined) additions.set(module, (additions.get(module) ?? new Set()).add(added));
  }
  for (const [module, texts] of additions)
    compiler.overlay(module, readFileSync(module, 'utf8') + [...texts].join(''));
  return additions.size > 0;
}

/** Returns the innermost call around `offset`; if several start there, the one that is called last. */
function callAt(source: SourceFile, offset: number): CallExpression | undefined {
  let found: CallExpression | undefined;
  const visit = (node: Node): void => {
    if (offset < node.pos || offset >= node.end) return;
    if (
      isCallExpression(node) &&
      node.getStart(source) <= offset &&
      !(found !== undefined && found.getStart(source) === node.getStart(source))
    )
      found = node;
    node.forEachChild(visit);
  };
  source.forEachChild(visit);
  return found;
}

function topLevelName(call: CallExpression): string | undefined {
  const declaration = call.parent;
  if (!isVariableDeclaration(declaration) || !isIdentifier(declaration.name)) return undefined;
  const statement = declaration.parent.parent;
  return isSourceFile(statement.parent) ? declaration.name.text : undefined;
}

/** Returns the type as text of the task's own module, so that names which are not exported resolve. */
function typeTextOf(
  call: CallExpression,
  source: SourceFile,
  { checker }: Project,
): string | undefined {
  const task = checker.getTypeAtLocation(call);
  const fn = task === undefined ? undefined : checker.getPropertyOfType(task, 'fn');
  const type = fn === undefined ? undefined : checker.getTypeOfSymbol(fn);
  return type === undefined
    ? undefined
    : checker.typeToString(
        type,
        source,
        NodeBuilderFlags.NoTruncation | NodeBuilderFlags.UseStructuralFallback,
      );
}
