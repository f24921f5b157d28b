/** Runs the compiler over a planner's question: generated text comes in, the errors in it go out. */
import {
  TypeFlags,
  type Diagnostic,
  type Project,
  type Type,
} from '@typescript/native/unstable/sync';
import type { Place } from '../../model/diagnostic.ts';
import { applyAccess, type Access } from './access.ts';
import type { CheckOutcome, CheckRequest, SpotError, Spot } from './check-request.ts';
import type { Compiler } from './compiler.ts';
import { isLibrary } from './library.ts';
import type { TypeOptions } from './options.ts';
import { placesIn } from './places.ts';
import { prelude } from './prelude.ts';
import { workspaceFor } from './workspace.ts';

export interface CheckedText {
  readonly outcome: CheckOutcome;
  /** Every file the answer depends on. */
  readonly files: readonly string[];
}

export function checkText(
  request: CheckRequest,
  accesses: readonly Access[],
  options: TypeOptions,
  compiler: Compiler,
): CheckedText {
  const head = prelude(accesses);
  applyAccess(accesses, compiler);
  const { configFile, file } = workspaceFor(head + request.text, options, compiler);
  const project = compiler.open(configFile);
  const spotAt = finder(request.spots);
  const found = project.program.getSemanticDiagnostics(file).flatMap((diagnostic) => {
    const spot = spotAt(diagnostic.pos - head.length);
    return spot === undefined ? [] : [{ spot, diagnostic }];
  });
  // Types are asked for where they are told, as each question may have the checker infer a whole task.
  const wanted = request.strict
    ? request.spots.map((_, spot) => spot)
    : [...new Set(found.map(({ spot }) => spot))];
  const offsets = wanted.map((spot) => head.length + request.spots[spot]!.start);
  const typesFound = offsets.length === 0 ? [] : project.checker.getTypeAtPosition(file, offsets);
  const types = new Map(wanted.map((spot, i) => [spot, typesFound[i]]));
  return {
    outcome: {
      findings: found.map(({ spot, diagnostic }): SpotError => {
        const type = types.get(spot);
        const expectedAt = declaration(diagnostic, project);
        return {
          spot,
          reason: reasonOf(diagnostic),
          gives: type === undefined ? '' : project.checker.typeToString(type),
          ...(expectedAt === undefined ? {} : { expectedAt }),
        };
      }),
      untyped: request.strict ? [...types].flatMap(([spot, type]) => untypedAt(spot, type)) : [],
    },
    files: project.program.getSourceFileNames(),
  };
}

function untypedAt(spot: number, type: Type | undefined): CheckOutcome['untyped'] {
  if (type === undefined || (type.flags & TypeFlags.AnyOrUnknown) === 0) return [];
  return [{ spot, type: type.flags & TypeFlags.Any ? 'any' : 'unknown' }];
}

/** Returns the smallest spot that contains an offset. Two spots either nest or do not overlap. */
function finder(spots: readonly Spot[]): (offset: number) => number | undefined {
  const order = spots
    .map((_, i) => i)
    .sort((a, b) => spots[a]!.start - spots[b]!.start || spots[b]!.end - spots[a]!.end);
  return (offset) => {
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (spots[order[middle]!]!.start <= offset) low = middle + 1;
      else high = middle;
    }
    for (let i = low - 1; i >= 0; i--) if (offset < spots[order[i]!]!.end) return order[i];
    return undefined;
  };
}

function reasonOf({ text, messageChain }: Diagnostic, depth = 0): readonly string[] {
  return [
    '  '.repeat(depth) + text,
    ...(messageChain ?? []).flatMap((deeper) => reasonOf(deeper, depth + 1)),
  ];
}

function declaration({ relatedInformation }: Diagnostic, { program }: Project): Place | undefined {
  const related = relatedInformation?.find(
    ({ fileName }) => fileName !== undefined && !isLibrary(fileName),
  );
  if (related?.fileName === undefined) return undefined;
  const source = program.getSourceFile(related.fileName);
  return source === undefined
    ? undefined
    : placesIn(related.fileName, source.text).placeOf(related.pos);
}
