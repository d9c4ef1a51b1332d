import { checkAttributes, readAttributes } from './attributes.ts';
import { ProxyError } from './errors.ts';
import type { Attributes, StreamName, ToxicKind } from './toxic.ts';
import { findToxicKind, toxicKinds } from './toxic-kinds.ts';

/** A toxic, as whoever adds one describes it. */
export interface ToxicOptions {
  /** The kind, such as `latency`. */
  readonly type: string;
  /** Its name within the proxy; `type_stream` when there is none. */
  readonly name?: string | undefined;
  /** The stream it works on; `downstream` (server to client) when there is none. */
  readonly stream?: StreamName | undefined;
  /** The fraction of connections that it hits, from 0 to 1; 1 when there is none. */
  readonly toxicity?: number | undefined;
  /** Its values; what is left out has the kind's default. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

/** A toxic that a proxy has. */
export interface Toxic {
  readonly name: string;
  readonly type: string;
  readonly stream: StreamName;
  readonly toxicity: number;
  readonly attributes: Attributes;
  /** How many requests it has hit, over all connections; of toxics that know HTTP alone, 0 of the others. */
  readonly requestsHit: number;
}

/** A toxic inside the proxy: the description's values may be replaced, its identity stays. */
export interface LiveToxic {
  readonly name: string;
  readonly kind: ToxicKind;
  readonly stream: StreamName;
  /** The stream as it was given, which the HTTP API repeats letter by letter. */
  readonly streamAsGiven: string;
  toxicity: number;
  attributes: Attributes;
  /** How many requests an HTTP toxic hit, over all connections. */
  hits: number;
}

/** The toxics of one proxy, in the order in which they were added; names are unique over both streams. */
export class ToxicSet {
  readonly #toxics: LiveToxic[] = [];

  /** Those that stand in one stream, in order; HTTP toxics stand in both. */
  in(stream: StreamName): readonly LiveToxic[] {
    return this.#toxics.filter(
      ({ kind, stream: own }) => kind.acts === 'on-http' || (kind.acts === 'on-stream' && own === stream),
    );
  }

  /** Those of one stream, in order. */
  of(stream: StreamName): readonly LiveToxic[] {
    return this.#toxics.filter((toxic) => toxic.stream === stream);
  }

  /** All: upstream first, as the HTTP API lists them. */
  all(): readonly LiveToxic[] {
    return [...this.of('upstream'), ...this.of('downstream')];
  }

  /** @throws ProxyError `TOXIC_NOT_FOUND` */
  get(name: string): LiveToxic {
    const found = this.#toxics.find((toxic) => toxic.name === name);
    if (found) return found;
    const known = this.#toxics.map((toxic) => toxic.name).join(', ') || 'none';
    throw new ProxyError(
      'TOXIC_NOT_FOUND',
      `There is no toxic ${JSON.stringify(name)}; there are: ${known}.`,
    );
  }

  has(name: string): boolean {
    return this.#toxics.some((toxic) => toxic.name === name);
  }

  /** @throws ProxyError `TOXIC_EXISTS` */
  add(toxic: LiveToxic): LiveToxic {
    if (this.has(toxic.name)) {
      throw new ProxyError(
        'TOXIC_EXISTS',
        `There is a toxic ${JSON.stringify(toxic.name)} already; remove or update it, or choose another name.`,
      );
    }
    this.#toxics.push(toxic);
    return toxic;
  }

  remove(toxic: LiveToxic): void {
    this.#toxics.splice(this.#toxics.indexOf(toxic), 1);
  }
}

/**
 * Checks a toxic's description and completes it.
 *
 * @throws ProxyError `TOXIC_TYPE_INVALID`, `TOXIC_STREAM_INVALID`, `TOXIC_ATTRIBUTE_INVALID`
 */
export function describeToxic(options: ToxicOptions): LiveToxic {
  const kind = findToxicKind(options.type);
  if (!kind) {
    const known = toxicKinds.map((candidate) => candidate.type).join(', ');
    throw new ProxyError(
      'TOXIC_TYPE_INVALID',
      `There is no toxic of type ${JSON.stringify(options.type)}; there are: ${known}.`,
    );
  }
  const stream = options.stream ?? 'downstream';
  if (stream !== 'upstream' && stream !== 'downstream') {
    throw new ProxyError(
      'TOXIC_STREAM_INVALID',
      `Expected \`stream\` to be "upstream" or "downstream", got ${JSON.stringify(stream)}.`,
    );
  }
  const attributes = readAttributes(kind, options.attributes);
  return {
    name: options.name ?? `${kind.type}_${stream}`,
    kind,
    stream,
    streamAsGiven: stream,
    toxicity: checkToxicity(options.toxicity ?? 1),
    attributes,
    hits: 0,
  };
}

/** New values for a toxic; what is left out stays. */
export type ToxicChange = Pick<ToxicOptions, 'toxicity' | 'attributes'>;

/**
 * Changes a toxic's values, all or none.
 *
 * @throws ProxyError `TOXIC_ATTRIBUTE_INVALID`
 */
export function changeToxic(toxic: LiveToxic, change: ToxicChange): void {
  const attributes = readAttributes(toxic.kind, change.attributes, toxic.attributes);
  const toxicity = change.toxicity === undefined ? toxic.toxicity : checkToxicity(change.toxicity);
  toxic.attributes = checkAttributes(toxic.kind, attributes);
  toxic.toxicity = toxicity;
}

/** How a toxic is shown to people and code. */
export function viewToxic(toxic: LiveToxic): Toxic {
  const { name, kind, stream, toxicity, attributes, hits } = toxic;
  return { name, type: kind.type, stream, toxicity, attributes, requestsHit: hits };
}

function checkToxicity(toxicity: number): number {
  if (typeof toxicity === 'number' && toxicity >= 0 && toxicity <= 1) return toxicity;
  throw new ProxyError(
    'TOXIC_ATTRIBUTE_INVALID',
    `Expected \`toxicity\` to be a fraction of connections from 0 to 1, got ${JSON.stringify(toxicity)}.`,
  );
}
