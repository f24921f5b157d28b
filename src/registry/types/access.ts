/** How generated text reaches the function of a task: by its export, or by an export added to a copy of its module in memory. */
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

/** Plain data: kept with what was extracted. */
export interface Access {
  readonly module: string;
  /** Undefined: out of reach, and then nothing is known of it. */
  readonly member?: string;
  /** Text to be added to the module, which makes `member` an export of it. */
  readonly added?: string;
}

/** As most tasks are reached. */
export const byExport = ({ module, exportName, name }: TaskDefinition): Access => ({
  module,
  member: exportName ?? name,
});

/** For a task that its module does not export under its name: it is found by the place of its call. */
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

/** Makes what the accesses add visible to the projects opened from here on. */
export function applyAccess(accesses: Iterable<Access>, compiler: Compiler): boolean {
  const additions = new Map<string, Set<string>>();
  for (const { module, added } of accesses) {
    if (added !== undefined) additions.set(module, (additions.get(module) ?? new Set()).add(added));
  }
  for (const [module, texts] of additions)
    compiler.overlay(module, readFileSync(module, 'utf8') + [...texts].join(''));
  return additions.size > 0;
}

/** The innermost call around `offset`; of several that start there, the one that is called last. */
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

/** As written in the task's own module, so that names which are not exported mean something. */
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
