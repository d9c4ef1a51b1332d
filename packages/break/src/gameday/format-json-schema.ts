import type { JsonSchema } from '../experiment/format/shapes/shape.ts';
import { gameDayShape } from './format-shape.ts';

/** The Game Day files' JSON Schema, for editors. */
export function gameDayJsonSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Seaworthy Game Day',
    ...gameDayShape.schema,
  };
}
