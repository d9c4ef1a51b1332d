import { describe, expect, it } from 'vitest';
import { isStream, type Repeatable, readRepetition } from './repetition.ts';
import type { Unkeyed } from './http-options.ts';

const plain = { name: 'the request', key: undefined, once: false, streamed: false };
const decide = (
  request: Partial<Repeatable>,
  { unkeyed = 'once', refusesStreams = true, repeats = true }: Rules = {},
) =>
  readRepetition(
    { ...plain, method: 'GET', ...request },
    { unkeyed, refusesStreams },
    { name: 'api', repeats },
  );

interface Rules {
  readonly unkeyed?: Unkeyed;
  readonly refusesStreams?: boolean;
  readonly repeats?: boolean;
}

describe('whether a request may be sent again', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])('%s may, without a key', (method) => {
    for (const unkeyed of ['once', 'make-key', 'refuse'] as const) {
      expect(decide({ method }, { unkeyed })).toEqual({ key: undefined, repeat: true });
    }
  });

  it.each(['POST', 'PATCH', 'CONNECT', 'REPORT', 'get'])(
    '%s may with a key, and is told what to do without',
    (method) => {
      expect(decide({ method, key: 'k' })).toEqual({ key: 'k', repeat: true });
      expect(decide({ method })).toEqual({ key: undefined, repeat: false });
      expect(decide({ method }, { unkeyed: 'make-key' })).toEqual({
        key: expect.any(String) as string,
        repeat: true,
      });
      expect(() => decide({ method }, { unkeyed: 'refuse' })).toThrow('Give `run` a `key`');
    },
  );

  it('none may that the caller wants to be sent once, and it needs no key', () => {
    for (const unkeyed of ['once', 'make-key', 'refuse'] as const) {
      expect(decide({ method: 'POST', once: true }, { unkeyed })).toEqual({ key: undefined, repeat: false });
    }
    expect(decide({ once: true, streamed: true, key: 'k' })).toEqual({ key: 'k', repeat: false });
  });

  it('none may whose body is a stream, where the pipeline would do it', () => {
    const streamed = { method: 'PUT', streamed: true };
    expect(() => decide(streamed)).toThrow('The body of the request is a stream');
    expect(decide(streamed, { refusesStreams: false })).toEqual({ key: undefined, repeat: false });
    expect(decide(streamed, { repeats: false })).toEqual({ key: undefined, repeat: true });
    expect(decide({ method: 'POST', streamed: true })).toEqual({ key: undefined, repeat: false });
  });
});

describe('a body', () => {
  it('is a stream when it can be read once', () => {
    const generator = (async function* () {})();
    for (const body of [new ReadableStream(), generator, { pipe: () => {} }])
      expect(isStream(body)).toBe(true);
  });

  it('is none when it can be read again', () => {
    const form = new FormData();
    for (const body of [
      'text',
      new Uint8Array(1),
      Buffer.from('b'),
      new Blob(['b']),
      form,
      new URLSearchParams(),
    ]) {
      expect(isStream(body)).toBe(false);
    }
    for (const none of [undefined, null]) expect(isStream(none)).toBe(false);
  });
});
