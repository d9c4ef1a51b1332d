import { randomUUID } from 'node:crypto';
import { METHODS, validateHeaderName, validateHeaderValue } from 'node:http';
import type { LoadRequest } from '../experiment/model.ts';
import { template, type Variables } from '../variables.ts';
import { LoadError } from './errors.ts';

/** What a request is given anew each time: a UUID, the same wherever it stands in the request, and its number. */
const later = ['uuid', 'n'];

/** One request, ready to be sent. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A kind of request of the load: makes the requests, and knows which answers are good. */
export interface PreparedRequest {
  readonly name: string;
  readonly weight: number;
  /** @param n - the request's number in this load */
  make(n: number): HttpRequest;
  isGood(status: number): boolean;
}

/**
 * Reads a request of a load once, so that sending it costs little.
 *
 * @throws VariableError for a variable without value
 * @throws LoadError for a method, URL or header that HTTP does not allow
 */
export function prepareRequest(request: LoadRequest, variables: Variables): PreparedRequest {
  const where = `the load's request \`${request.name}\``;
  const url = template(`the URL of ${where}`, request.url, variables, later);
  const headers = Object.entries(request.headers).map(
    ([name, value]) =>
      [name, template(`the header \`${name}\` of ${where}`, value, variables, later)] as const,
  );
  const body =
    request.body === undefined ? undefined : template(`the body of ${where}`, request.body, variables, later);

  const sample: Variables = { uuid: '00000000-0000-4000-8000-000000000000', n: '1' };
  const fixedUrl = readUrl(url.render(sample), where);
  checkMethod(request.method, where);
  for (const [name, value] of headers) checkHeader(name, value.render(sample), where);
  const fixedHeaders = headers.every(([, value]) => value.constant) ? fillHeaders(sample) : undefined;
  const fixed = url.constant && fixedHeaders !== undefined && (body === undefined || body.constant);
  const statuses = new Set(request.statuses);

  function fillHeaders(values: Variables): Record<string, string> {
    return Object.fromEntries(headers.map(([name, value]) => [name, value.render(values)]));
  }

  return {
    name: request.name,
    weight: request.weight,
    make(n) {
      const values = fixed ? sample : { uuid: randomUUID(), n: String(n) };
      return {
        url: url.constant ? fixedUrl : new URL(url.render(values)),
        method: request.method,
        headers: fixedHeaders ?? fillHeaders(values),
        body: body?.render(values),
      };
    },
    isGood: (status) => (statuses.size === 0 ? status >= 200 && status < 300 : statuses.has(status)),
  };
}

function readUrl(text: string, where: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new LoadError(`Expected the URL of ${where} to begin with http:// or https://, got \`${text}\`.`);
  }
  return url;
}

function checkMethod(method: string, where: string): void {
  if (METHODS.includes(method) && method !== 'CONNECT') return;
  throw new LoadError(
    `Expected the method of ${where} to be one of HTTP such as GET or POST, got \`${method}\`.`,
  );
}

function checkHeader(name: string, value: string, where: string): void {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch {
    throw new LoadError(
      `The header \`${name}: ${value}\` of ${where} has characters that HTTP does not allow.`,
    );
  }
}
