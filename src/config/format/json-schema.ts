/** The kind of a JSON Schema in a file. */
import type { JsonObject } from '../../model/json.ts';
import { JSON_TYPES } from '../params/param-schema.ts';
import { type Kind, toJson, wrong } from './kinds.ts';

export const jsonSchema: Kind<JsonObject> = {
  expected: 'a JSON Schema, such as { type: integer, default: 1 }',
  schema: { $ref: 'https://json-schema.org/draft/2020-12/schema' },
  accepts: (node) => node.is === 'map',
  read(node, path, report) {
    if (node.is === 'map') return toJson(node) as JsonObject;
    const type = node.is === 'scalar' && JSON_TYPES.find((known) => known === node.value);
    const hint = type ? `write { type: ${type} }` : undefined;
    return wrong({ node, path, report }, this.expected, { hint });
  },
};
