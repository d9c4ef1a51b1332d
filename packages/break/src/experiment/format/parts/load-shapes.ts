import type { LoadDefinition, LoadRequest } from '../../model.ts';
import { rateMax, timeoutMsDefault, timeoutMsMax } from '../limits.ts';
import { type Keys, named, object, type ReadMap } from '../shapes/map-shapes.ts';
import { listed, type Reading } from '../shapes/reading.ts';
import { anyText, number, quantity, text } from '../shapes/scalar-shapes.ts';
import { list, type Located, made, type Shape, unlike } from '../shapes/shape.ts';
import type { Place, SourceNode } from '../source/source.ts';
import { address, plainly } from './address.ts';
import { checkVariables } from './variable-check.ts';

const methods = ['get', 'head', 'post', 'put', 'patch', 'delete'] as const;
type Method = (typeof methods)[number];
const withBody: readonly string[] = ['post', 'put', 'patch', 'delete'];

const to = (method: string) => ({
  summary: `Sends ${method.toUpperCase()} to this address.`,
  shape: address('load'),
});

/** The keys of one request, alone in the load or one of several. */
const requestKeys = {
  get: { ...to('get'), slips: ['url', 'address', 'uri'] },
  head: to('head'),
  post: to('post'),
  put: to('put'),
  patch: to('patch'),
  delete: to('delete'),
  name: {
    summary: 'The name by which expectations speak of this request: `success rate of checkout >= 99%`.',
    shape: text({
      noun: 'a name',
      example: 'checkout',
      pattern: '^[A-Za-z][A-Za-z0-9_-]*$',
      check(node, reading) {
        if (node.value === 'load') {
          reading.wrong(node.place, '`load` means all requests together. Give this one another name.');
        } else if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(node.value)) {
          reading.wrong(
            node.place,
            'A name is one word of letters, digits, `-` and `_`, such as `checkout`.',
          );
        }
      },
    }),
  },
  body: {
    summary: 'The body: text, or keys and values that are sent as JSON.',
    shape: body(),
    slips: ['json', 'data', 'payload'],
  },
  headers: {
    summary: 'Headers of the request.',
    shape: named('headers: { Accept: application/json }', anyText('text', headerValue), {
      pattern: /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/,
      problem: (name) =>
        /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)
          ? undefined
          : `\`${name}\` cannot be the name of a header.`,
    }),
    slips: ['header'],
  },
  status: {
    summary: 'The statuses of a good answer; any from 200 to 299 by default.',
    shape: list(number({ noun: 'a status', least: 100, most: 599, whole: true }), {
      least: 1,
      none: 'Name a status.',
      example: 'status: [200, 409]',
      alone: true,
    }),
    slips: ['statuses', 'expect', 'code'],
  },
} as const satisfies Keys;

const request = made(
  object('this request', 'get: ${gateway}/products', {
    ...requestKeys,
    weight: {
      summary: 'How often it is chosen, next to the others; 1 by default.',
      shape: number({ noun: 'a number', least: 0.001, most: 1_000_000, whole: false }),
    },
  }),
  (map, reading) => toRequest(map, map.fields.weight?.value ?? 1, reading),
);

/** The load of an experiment. */
export const load: Shape<LoadDefinition> = made(
  object('this load', 'get: ${gateway}/products', {
    ...requestKeys,
    rate: {
      summary: 'How many requests are sent, such as 200/s, whatever the answers do.',
      shape: quantity('rate', { least: 0.01, most: rateMax }),
      required: 'rate: 50/s',
      slips: ['rps', 'requests-per-second', 'throughput'],
    },
    timeout: {
      summary: 'An answer that takes longer is a bad one; 2s by default.',
      shape: quantity('duration', { least: 1, most: timeoutMsMax }),
    },
    requests: {
      summary: 'Several kinds of requests, chosen by weight.',
      shape: list(request, {
        least: 1,
        none: 'Add a request, such as `- get: ${gateway}/products`.',
        example: '- get: ${gateway}/products',
      }),
    },
  }),
  (map, reading): LoadDefinition | undefined => {
    const { fields, present, place } = map;
    const several = present.has('requests');
    const own = Object.keys(requestKeys).filter((key) => present.has(key));
    if (several && own.length > 0) {
      const first = own
        .map((key) => fields[key as keyof typeof requestKeys]?.keyPlace)
        .find((found) => found !== undefined);
      return reading.wrong(
        first ?? place,
        `Next to \`requests\` there is no ${listed(own, 'or')}. Move what belongs to a request into the list.`,
      );
    }
    const requests = several ? fields.requests?.value : oneRequest(toRequest(map, 1, reading), place);
    if (requests === undefined || fields.rate === undefined) return undefined;
    if (!differentNames(requests, reading)) return undefined;
    return {
      ratePerSecond: fields.rate.value,
      timeoutMs: fields.timeout?.value ?? timeoutMsDefault,
      requests: requests.map(({ value }) => value),
    };
  },
);

function oneRequest(
  value: LoadRequest | undefined,
  place: Place,
): readonly Located<LoadRequest>[] | undefined {
  return value === undefined ? undefined : [{ value, place, keyPlace: place }];
}

function toRequest(
  map: ReadMap<typeof requestKeys>,
  weight: number,
  reading: Reading,
): LoadRequest | undefined {
  const { fields, present, place } = map;
  const chosen = methods.filter((method) => present.has(method));
  const [method, second] = chosen;
  if (method === undefined || second !== undefined) {
    const what = method === undefined ? 'This sends nothing' : `This has ${listed(chosen)}`;
    const where = second === undefined ? undefined : fields[second]?.keyPlace;
    return reading.wrong(
      where ?? { ...place, length: 1 },
      `${what}. A request has one of ${listed(methods, 'or')}, such as \`get: \${gateway}/products\`.`,
    );
  }
  if (fields.body !== undefined && !withBody.includes(method)) {
    return reading.wrong(
      fields.body.keyPlace,
      `A request with \`${method}\` has no body. Use \`post\`, or remove the body.`,
    );
  }
  const url = fields[method]?.value;
  if (url === undefined) return undefined;
  const headers = Object.fromEntries(
    (fields.headers?.value.entries ?? []).map(({ name, value }) => [name, value]),
  );
  return {
    name: fields.name?.value ?? defaultName(method, url),
    weight,
    method: method.toUpperCase(),
    url,
    headers: withContentType(headers, fields.body?.value.json === true),
    body: fields.body?.value.text,
    statuses: (fields.status?.value ?? []).map(({ value }) => value),
  };
}

function defaultName(method: Method, url: string): string {
  return `${method.toUpperCase()} ${plainly(url)}`;
}

function withContentType(headers: Record<string, string>, json: boolean): Record<string, string> {
  const given = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return json && !given ? { 'content-type': 'application/json', ...headers } : headers;
}

/** Notes requests that expectations could not tell apart. */
function differentNames(requests: readonly Located<LoadRequest>[], reading: Reading): boolean {
  const seen = new Set<string>();
  for (const { value, place } of requests) {
    if (seen.has(value.name)) {
      reading.wrong(
        { ...place, length: 1 },
        `Two requests have the name \`${value.name}\`. Give each a \`name\` of its own.`,
      );
    }
    seen.add(value.name);
  }
  return seen.size === requests.length;
}

function headerValue(node: SourceNode & { readonly kind: 'text' }, reading: Reading): void {
  checkVariables('load')(node, reading);
  if (/[\r\n]/.test(node.value)) reading.wrong(node.place, 'A header has one line.');
}

/** A body: text as it stands, or a value that is sent as JSON. */
function body(): Shape<{ readonly text: string; readonly json: boolean }> {
  return {
    schema: { type: ['string', 'object', 'array'] },
    read(node, reading) {
      if (node.kind === 'text') {
        checkVariables('load')(node, reading);
        return { text: node.value, json: false };
      }
      if (node.kind === 'map' || node.kind === 'list') {
        return { text: JSON.stringify(plain(node, reading)), json: true };
      }
      return reading.wrong(node.place, unlike(node, 'text, or a map of keys', reading));
    },
  };
}

/** A value as JSON has it. */
function plain(node: SourceNode, reading: Reading): unknown {
  if (node.kind === 'map') {
    return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value, reading)]));
  }
  if (node.kind === 'list') return node.items.map((item) => plain(item, reading));
  if (node.kind === 'nothing') return null;
  if (node.kind === 'text') checkVariables('load')(node, reading);
  return node.value;
}
