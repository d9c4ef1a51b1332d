import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClient, writeClient } from './client-headers.ts';

const printable = Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n));

describe('the headers that say who calls', () => {
  const anyCaller = fc.record({
    client: fc.string({ unit: fc.constantFrom(...printable), minLength: 1, maxLength: 128 }),
    epoch: fc.integer({ min: 1, max: 999_999_999_999_999 }),
  });

  it('read what they write, for every client', () => {
    fc.assert(
      fc.property(anyCaller, (caller) => {
        const headers = writeClient(caller);
        expect(readClient({ ...headers })).toEqual(caller);
        expect(readClient(new Headers({ ...headers }))).toEqual(caller);
      }),
    );
  });

  it('are no caller where there is neither', () => {
    expect(readClient({})).toBeUndefined();
    expect(readClient(new Headers())).toBeUndefined();
  });

  it.each([
    { 'seaworthy-client': '"c"' },
    { 'seaworthy-epoch': '1' },
    { 'seaworthy-client': 'c', 'seaworthy-epoch': '1' },
    { 'seaworthy-client': '""', 'seaworthy-epoch': '1' },
    { 'seaworthy-client': '"c", "d"', 'seaworthy-epoch': '1' },
    { 'seaworthy-client': '"ä"', 'seaworthy-epoch': '1' },
    { 'seaworthy-client': '"c"', 'seaworthy-epoch': '0' },
    { 'seaworthy-client': '"c"', 'seaworthy-epoch': '-1' },
    { 'seaworthy-client': '"c"', 'seaworthy-epoch': '1.5' },
    { 'seaworthy-client': '"c"', 'seaworthy-epoch': '1000000000000000' },
    { 'seaworthy-client': ['"c"', '"d"'], 'seaworthy-epoch': '1' },
  ])('are refused as %j', (headers) => {
    expect(() => readClient(headers)).toThrow(expect.objectContaining({ code: 'CLIENT_HEADERS_INVALID' }));
  });

  it.each([
    { client: '', epoch: 1 },
    { client: 'a\nb', epoch: 1 },
    { client: 'c', epoch: 0 },
    { client: 'c', epoch: 1.5 },
  ])('cannot be written of %j', (caller) => {
    expect(() => writeClient(caller)).toThrow(expect.objectContaining({ code: 'CLIENT_HEADERS_INVALID' }));
  });
});
