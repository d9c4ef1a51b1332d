import type { JsonNode } from './json-syntax.ts';

/** The types of fields, by the names that errors give them. */
type FieldType = 'string' | 'bool' | 'int64' | 'int' | 'float32' | 'float64' | 'object';

/** A field that a body may have. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** The type's name in errors, where it is not the type itself. */
  readonly typeName?: string;
}

/** What a body is called in errors. */
export interface FieldOwner {
  /** The name before the field's; empty for an unnamed one. */
  readonly struct: string;
  /** What stands between the two, such as `attributes.`. */
  readonly path?: string;
  /** The whole body's type, for a body that is no object. */
  readonly type: string;
}

/** A value has the wrong type; the message is the one that Toxiproxy gives. */
export class JsonTypeError extends Error {}

/** The values that a body gave; a field that was left out or null is missing. */
export type FieldValues = Map<string, { readonly value: string | number | boolean; readonly node: JsonNode }>;

/**
 * Reads fields from an object as Toxiproxy does: letter case of keys is ignored, unknown keys too, null keeps what
 * there was, a later key wins.
 *
 * @throws JsonTypeError for the first value of a wrong type
 */
export function readFields(node: JsonNode, owner: FieldOwner, fields: readonly Field[]): FieldValues {
  const values: FieldValues = new Map();
  if (node.kind === 'null') return values;
  if (node.kind !== 'object') {
    throw new JsonTypeError(`json: cannot unmarshal ${node.kind} into Go value of type ${owner.type}`);
  }
  for (const [key, value] of node.members) {
    const field = findField(fields, key);
    if (!field) continue;
    if (value.kind === 'null') continue;
    const read = readValue(value, field.type);
    if ('refused' in read) {
      const where = `${owner.struct}.${owner.path ?? ''}${field.name}`;
      throw new JsonTypeError(
        `json: cannot unmarshal ${read.refused} into Go struct field ${where} of type ${field.typeName ?? field.type}`,
      );
    }
    values.set(field.name, { value: read.value, node: merge(values.get(field.name)?.node, value) });
  }
  return values;
}

/** An object that is given twice is one object. */
function merge(before: JsonNode | undefined, node: JsonNode): JsonNode {
  if (before?.kind !== 'object' || node.kind !== 'object') return node;
  return { kind: 'object', members: [...before.members, ...node.members] };
}

function findField(fields: readonly Field[], key: string): Field | undefined {
  return (
    fields.find((field) => field.name === key) ??
    fields.find((field) => field.name.toLowerCase() === key.toLowerCase())
  );
}

function readValue(
  node: JsonNode,
  type: FieldType,
): { readonly value: string | number | boolean } | { readonly refused: string } {
  if (type === 'string') return node.kind === 'string' ? { value: node.value } : { refused: node.kind };
  if (type === 'bool') return node.kind === 'bool' ? { value: node.value } : { refused: node.kind };
  if (type === 'object') return node.kind === 'object' ? { value: true } : { refused: node.kind };
  if (node.kind !== 'number') return { refused: node.kind };
  const number = readNumber(node.text, type);
  return number === undefined ? { refused: `number ${node.text}` } : { value: number };
}

const int64Max = 2n ** 63n - 1n;

/** A number of that type, or nothing when it does not fit. */
function readNumber(text: string, type: 'int64' | 'int' | 'float32' | 'float64'): number | undefined {
  if (type === 'float64' || type === 'float32') {
    const number = type === 'float32' ? Math.fround(Number(text)) : Number(text);
    return Number.isFinite(number) ? number : undefined;
  }
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  const whole = BigInt(text);
  return whole > int64Max || whole < -int64Max - 1n ? undefined : Number(whole);
}
