import { readFileSync } from 'node:fs';
import { type ProxyServer, startProxyServer } from '@seaworthy/break/proxy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, exchange, freePort, readTranscript } from './transcript.ts';

const recording = readTranscript(
  readFileSync(new URL('fixtures/toxiproxy-2.12.0.txt', import.meta.url), 'utf8'),
);

/** What is another thing in every run: dates, ids, free ports, the name server. Also `#` lines of the metrics. */
function withoutChance({ status, headers, body }: Answer, ports: Readonly<Record<number, string>>): Answer {
  const hide = (text: string) =>
    text.replace(
      /:(\d{4,5})\b/g,
      (all, port: string) => ports[Number(port)] ?? (Number(port) > 1024 ? ':PORT' : all),
    );
  return {
    status,
    headers: headers.map((line) =>
      line
        .replace(/^(Date: )\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/, '$1DATE')
        .replace(/^(X-Toxiproxy-Request-Id: )[0-9a-v]{20}$/, '$1ID')
        .replace(/^(Content-Length: ).*$/, '$1N'),
    ),
    body: hide(body)
      .replace(/ on [\d.]+:(53|PORT): no such host/, ' on NAMESERVER: no such host')
      .replace(/^#.*\n/gm, ''),
  };
}

/** Where this proxy differs on purpose; each is in the documentation. */
function deviate(title: string, recorded: Answer): Answer {
  // An empty listen binds loopback, not every interface.
  const body = recorded.body.replaceAll('"[::]:', '"127.0.0.1:');
  // A slicer of 0 bytes overflows the real server's stack on its first byte; here it is refused.
  if (title.endsWith('{"type":"slicer"}')) {
    return {
      status: 'HTTP/1.1 400 Bad Request',
      headers: [
        'Content-Type: text/plain; charset=utf-8',
        'X-Content-Type-Options: nosniff',
        ...recorded.headers.slice(1),
      ],
      body: '{"error":"invalid attributes of a slicer toxic: average_size must be at least 1 byte, got 0","status":400}\n',
    };
  }
  return { ...recorded, body: body.replace(/\{"attributes":\{"average_size":0[^{}]*\},[^{}]*\},/, '') };
}

describe('the HTTP API, beside a recording of Toxiproxy 2.12.0', () => {
  let server: ProxyServer;
  let ports: { readonly api: number; readonly fixed: number };

  beforeAll(async () => {
    server = await startProxyServer({ host: '127.0.0.1', port: 0, proxyMetrics: true });
    ports = { api: Number(new URL(server.url).port), fixed: await freePort() };
  });
  afterAll(() => server.close());

  it('has every kind of exchange on record', () => {
    expect(recording.length).toBeGreaterThan(60);
  });

  it.each(recording)('answers the same: $title', async ({ title, answer: recorded, ...request }) => {
    const here = (text: string) =>
      text.replaceAll(':8474', `:${ports.api}`).replaceAll(':18601', `:${ports.fixed}`);
    const body = request.body === undefined ? undefined : here(request.body);
    const answer = await exchange(ports.api, { ...request, body });
    const names = { [ports.api]: ':API', 8474: ':API', [ports.fixed]: ':FIXED', 18601: ':FIXED' };
    expect(withoutChance(answer, names)).toEqual(withoutChance(deviate(title, recorded), names));
    const length = answer.headers.find((line) => line.startsWith('Content-Length: '));
    if (length) expect(length).toBe(`Content-Length: ${Buffer.byteLength(answer.body)}`);
  });
});
