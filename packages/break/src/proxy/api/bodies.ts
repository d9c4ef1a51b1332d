import { checkAttributes, defaultAttributes } from '../attributes.ts';
import type { Attributes, AttributeValue, ToxicKind } from '../toxic.ts';
import { findToxicKind } from '../toxic-kinds.ts';
import type { LiveToxic } from '../toxic-set.ts';
import { apiErrors } from './api-error.ts';
import { type Field, type FieldOwner, type FieldValues, JsonTypeError, readFields } from './json-fields.ts';
import type { JsonNode } from './json-syntax.ts';

/** A proxy as a body describes it. */
export interface ProxyBody {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  /** Between which services it stands, for partitions; Toxiproxy does not know of it. */
  readonly ends: ProxyEnds | undefined;
  /** The toxics it begins with; Toxiproxy leaves them out. */
  readonly toxics: readonly LiveToxic[];
}

/** The services on both sides of a proxy. */
export interface ProxyEnds {
  readonly from: string;
  readonly to: string;
}

/** Reads a proxy, with the values that a missing field has. */
export function readProxyBody(
  node: JsonNode,
  defaults: Pick<ProxyBody, 'listen' | 'upstream' | 'enabled'> = { listen: '', upstream: '', enabled: true },
): ProxyBody {
  return toProxyBody(
    readFields(node, { struct: 'Proxy', type: 'toxiproxy.Proxy' }, proxyFields),
    node,
    defaults,
  );
}

/** Reads the list of proxies that `/populate` and the config file hold. @throws ApiError */
export function readPopulateBody(node: JsonNode): readonly ProxyBody[] {
  if (node.kind === 'null') return [];
  if (node.kind !== 'array') {
    throw new JsonTypeError(`json: cannot unmarshal ${node.kind} into Go value of type []${populateType}`);
  }
  const owner: FieldOwner = { struct: '', type: populateType };
  const defaults = { listen: '', upstream: '', enabled: true };
  const fields = node.items.map((item) => readFields(item, owner, proxyFields));
  fields.forEach((values, index) => {
    if (text(values, 'name') === '') throw apiErrors.missing(`name at proxy ${index + 1}`);
    if (text(values, 'upstream') === '') throw apiErrors.missing(`upstream at proxy ${index + 1}`);
  });
  return fields.map((values, index) => toProxyBody(values, node.items[index] ?? node, defaults));
}

/** Reads a new toxic. @throws ApiError, JsonTypeError, ProxyError `TOXIC_ATTRIBUTE_INVALID` */
export function readToxicBody(node: JsonNode, taken: (name: string) => boolean): LiveToxic {
  const values = readFields(node, { struct: 'ToxicWrapper', type: 'toxics.ToxicWrapper' }, toxicFields);
  const streamAsGiven = values.has('stream') ? text(values, 'stream') : 'downstream';
  const stream = streamAsGiven.toLowerCase();
  if (stream !== 'upstream' && stream !== 'downstream') throw apiErrors.stream();
  const type = text(values, 'type');
  const name = text(values, 'name') || `${type}_${streamAsGiven}`;
  const kind = findToxicKind(type);
  if (!kind) throw apiErrors.toxicType();
  if (taken(name)) throw apiErrors.toxicExists();
  const attributes = readAttributeFields(values, kind, defaultAttributes(kind));
  const toxicity = Number(values.get('toxicity')?.value ?? 1);
  return { name, kind, stream, streamAsGiven, toxicity, attributes, hits: 0 };
}

/** Reads new values for a toxic. @throws JsonTypeError, ProxyError `TOXIC_ATTRIBUTE_INVALID` */
export function readToxicChange(
  node: JsonNode,
  toxic: LiveToxic,
): Pick<LiveToxic, 'toxicity' | 'attributes'> {
  const typeName = `toxics.${toxic.kind.structName}`;
  const values = readFields(node, { struct: '', type: changeType }, [
    { name: 'attributes', type: 'object', typeName },
    { name: 'toxicity', type: 'float32' },
  ]);
  return {
    attributes: readAttributeFields(values, toxic.kind, toxic.attributes),
    toxicity: Number(values.get('toxicity')?.value ?? toxic.toxicity),
  };
}

const populateType = 'struct { toxiproxy.Proxy; Enabled *bool "json:\\"enabled\\"" }';
const changeType =
  'struct { Attributes interface {} "json:\\"attributes\\""; Toxicity float32 "json:\\"toxicity\\"" }';

const proxyFields: readonly Field[] = [
  { name: 'name', type: 'string' },
  { name: 'listen', type: 'string' },
  { name: 'upstream', type: 'string' },
  { name: 'enabled', type: 'bool' },
  { name: 'Logger', type: 'object', typeName: 'zerolog.Logger' },
  { name: 'from', type: 'string' },
  { name: 'to', type: 'string' },
];

const toxicFields: readonly Field[] = [
  { name: 'attributes', type: 'object', typeName: 'toxics.NoopToxic' },
  { name: 'name', type: 'string' },
  { name: 'type', type: 'string' },
  { name: 'stream', type: 'string' },
  { name: 'toxicity', type: 'float32' },
];

function toProxyBody(
  values: FieldValues,
  node: JsonNode,
  defaults: Pick<ProxyBody, 'listen' | 'upstream' | 'enabled'>,
): ProxyBody {
  return {
    name: text(values, 'name'),
    listen: values.has('listen') ? text(values, 'listen') : defaults.listen,
    upstream: values.has('upstream') ? text(values, 'upstream') : defaults.upstream,
    enabled: Boolean(values.get('enabled')?.value ?? defaults.enabled),
    ends: readEnds(values),
    toxics: readProxyToxics(node),
  };
}

function readEnds(values: FieldValues): ProxyEnds | undefined {
  const [from, to] = [text(values, 'from'), text(values, 'to')];
  return from !== '' && to !== '' ? { from, to } : undefined;
}

/** The toxics within a proxy's description: read as those that are posted one by one. */
function readProxyToxics(node: JsonNode): readonly LiveToxic[] {
  if (node.kind !== 'object') return [];
  const list = node.members.findLast(([key]) => key.toLowerCase() === 'toxics')?.[1];
  if (!list || list.kind === 'null') return [];
  if (list.kind !== 'array') {
    throw new JsonTypeError(
      `json: cannot unmarshal ${list.kind} into Go struct field Proxy.toxics of type []toxics.Toxic`,
    );
  }
  const names = new Set<string>();
  return list.items.map((item) => {
    const toxic = readToxicBody(item, (name) => names.has(name));
    names.add(toxic.name);
    return toxic;
  });
}

function readAttributeFields(values: FieldValues, kind: ToxicKind, current: Attributes): Attributes {
  const node = values.get('attributes')?.node ?? { kind: 'null' as const };
  const owner = { struct: kind.structName, path: 'attributes.', type: `toxics.${kind.structName}` };
  const given = readFields(node, owner, kind.attributes);
  const merged: Record<string, AttributeValue> = { ...current };
  for (const [name, { value }] of given) merged[name] = value;
  return checkAttributes(kind, merged);
}

function text(values: FieldValues, name: string): string {
  return String(values.get(name)?.value ?? '');
}
