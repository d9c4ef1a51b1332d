import { experimentShape } from './parts/experiment-shape.ts';
import type { FaultDescription } from './parts/step-shapes.ts';
import { systemShape } from './parts/system-shape.ts';
import type { JsonSchema } from './shapes/shape.ts';

/** The version of JSON Schema that editors know best. */
const draft = 'http://json-schema.org/draft-07/schema#';

/**
 * The experiment files' JSON Schema, for editors: completion, descriptions, and a first check while one writes. It is
 * made from the very description that reads the files.
 *
 * @param faults - the faults that a method can name
 * @example writeFileSync('seaworthy.schema.json', JSON.stringify(experimentJsonSchema(faultKinds), undefined, 2));
 */
export function experimentJsonSchema(faults: readonly FaultDescription[]): JsonSchema {
  return { $schema: draft, title: 'Seaworthy experiment', ...experimentShape(faults).schema };
}

/** The system files' JSON Schema. */
export function systemJsonSchema(): JsonSchema {
  return { $schema: draft, title: 'Seaworthy system', ...systemShape.schema };
}
