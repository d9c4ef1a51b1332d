import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Framer } from './framer.ts';

/** Feeds bytes, cut at the given places, and notes what is found. */
function frame(role: 'request' | 'reply', text: string, cuts: readonly number[], bodiless = false) {
  const found: string[] = [];
  let all = '';
  let payload = '';
  const note = (bytes: Buffer) => (all += bytes.toString('latin1'));
  const framer = new Framer(role, {
    head: (head, bytes) => {
      note(bytes);
      found.push(`${head.method}${head.path}${head.status || ''}`);
    },
    body: (bytes, isPayload) => {
      note(bytes);
      if (isPayload) payload += bytes.toString('latin1');
    },
    done: () => found.push('done'),
    raw: (bytes) => {
      note(bytes);
      found.push('raw');
    },
    bodiless: () => bodiless,
  });
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    framer.push(Buffer.from(text.slice(from, Math.max(from, cut)), 'latin1'));
    from = Math.max(from, cut);
  }
  framer.push(Buffer.from(text.slice(from), 'latin1'));
  framer.flush();
  return { found, all, payload };
}

const get = 'GET /a?b=1 HTTP/1.1\r\nHost: x\r\n\r\n';
const post = 'POST /b HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello';
const chunked =
  'PUT http://x/c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n';

describe('framing HTTP/1', () => {
  it('finds the same messages wherever the bytes are cut, and hands over every byte in order', () => {
    const text = get + post + chunked + get;
    const cut = fc.array(fc.integer({ min: 1, max: text.length }), { maxLength: 60 });
    fc.assert(
      fc.property(cut, (cuts) => {
        const { found, all, payload } = frame('request', text, cuts);
        expect(found).toEqual(['GET/a', 'done', 'POST/b', 'done', 'PUT/c', 'done', 'GET/a', 'done']);
        expect(all).toBe(text);
        expect(payload).toBe('helloabcde');
      }),
    );
  });

  it.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi', ['200', 'done']],
    ['HTTP/1.1 204 No Content\r\n\r\n', ['204', 'done']],
    [
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n',
      ['100', 'done', '304', 'done'],
    ],
    ['HTTP/1.0 200\r\n\r\nuntil the end', ['200', 'done']],
    ['HTTP/1.1 101 Switching Protocols\r\n\r\nanything', ['101', 'raw']],
  ])('finds replies in %j', (text, expected) => {
    const { found, all } = frame('reply', text, []);
    expect(found).toEqual(expected);
    expect(all).toBe(text);
  });

  it('expects no body after a HEAD', () => {
    expect(frame('reply', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n', [], true).found).toEqual([
      '200',
      'done',
    ]);
  });

  it.each([
    '\u0000\u0000\u0000\u0008\u0004\u00d2\u0016\u002f',
    'SET a b\r\n',
    'EHLO x\r\n',
    '\u0016\u0003\u0001 hello',
    '*1\r\n$4\r\nPING\r\n',
  ])('passes %j, which is no HTTP, at once', (text) => {
    let passed = '';
    const raw = (bytes: Buffer) => (passed += bytes.toString('latin1'));
    const refuse = () => expect.unreachable();
    new Framer('request', { head: refuse, body: refuse, done: refuse, raw }).push(
      Buffer.from(text, 'latin1'),
    );
    expect(passed).toBe(text);
  });

  it('passes any bytes whole', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('request' as const, 'reply' as const),
        fc.array(fc.string({ maxLength: 30 })),
        (role, parts) => {
          const text = Buffer.from(parts.join('\r\n'), 'latin1').toString('latin1');
          const cuts = parts.map((part) => part.length);
          expect(frame(role, text, cuts).all).toBe(text);
        },
      ),
    );
  });

  it('gives up on a head without an end', () => {
    const text = `GET / HTTP/1.1\r\nA: ${'x'.repeat(70_000)}`;
    expect(frame('request', text, [10, 1000]).all).toBe(text);
  });
});
