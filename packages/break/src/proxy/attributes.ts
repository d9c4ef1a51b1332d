import { ProxyError } from './errors.ts';
import type { Attributes, AttributeValue, ToxicAttribute, ToxicKind } from './toxic.ts';

/**
 * Completes and checks the attributes of a toxic, as code gives them.
 *
 * @param current - the values that unnamed attributes keep; those of the kind's defaults when there are none
 * @throws ProxyError `TOXIC_ATTRIBUTE_INVALID`
 */
export function readAttributes(
  kind: ToxicKind,
  given: Readonly<Record<string, unknown>> = {},
  current: Attributes = defaultAttributes(kind),
): Attributes {
  const values: Record<string, AttributeValue> = { ...current };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const attribute = kind.attributes.find((candidate) => candidate.name === name);
    if (!attribute) {
      const known = kind.attributes.map((candidate) => candidate.name).join(', ') || 'none';
      throw new ProxyError(
        'TOXIC_ATTRIBUTE_INVALID',
        `A toxic of type ${kind.type} has no attribute ${JSON.stringify(name)}; it has: ${known}.`,
      );
    }
    if (!fits(attribute, value)) {
      throw new ProxyError(
        'TOXIC_ATTRIBUTE_INVALID',
        `Expected \`${name}\` of a ${kind.type} toxic to be ${expected[attribute.type]} (${attribute.summary}), got ${JSON.stringify(value)}.`,
      );
    }
    values[name] = value;
  }
  return checkAttributes(kind, values);
}

/**
 * Refuses values that the kind cannot work with.
 *
 * @throws ProxyError `TOXIC_ATTRIBUTE_INVALID`
 */
export function checkAttributes(kind: ToxicKind, values: Attributes): Attributes {
  const wrong = kind.check?.(values);
  if (wrong !== undefined) {
    throw new ProxyError('TOXIC_ATTRIBUTE_INVALID', `invalid attributes of a ${kind.type} toxic: ${wrong}`);
  }
  return Object.freeze({ ...values });
}

/** The kind's own values. */
export function defaultAttributes(kind: ToxicKind): Attributes {
  return Object.fromEntries(kind.attributes.map(({ name, default: value }) => [name, value]));
}

const expected: Readonly<Record<ToxicAttribute['type'], string>> = {
  int64: 'a whole number',
  int: 'a whole number',
  float64: 'a number',
  string: 'text',
  bool: 'true or false',
};

function fits(attribute: ToxicAttribute, value: unknown): value is AttributeValue {
  if (attribute.type === 'string') return typeof value === 'string';
  if (attribute.type === 'bool') return typeof value === 'boolean';
  if (attribute.type === 'float64') return typeof value === 'number' && Number.isFinite(value);
  return Number.isSafeInteger(value);
}
