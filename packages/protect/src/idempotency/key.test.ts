import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint } from './fingerprint.ts';
import { newIdempotencyKey, readIdempotencyKey, writeIdempotencyKey } from './key.ts';
import { recordKey } from './record.ts';

describe('the Idempotency-Key header', () => {
  it('reads what it writes, for every key', () => {
    const anyKey = fc.string({ unit: fc.constantFrom(...printable), minLength: 1, maxLength: 255 });
    fc.assert(fc.property(anyKey, (key) => readIdempotencyKey(writeIdempotencyKey(key)) === key));
  });

  it('takes a bare key, as many callers send it', () => {
    expect(readIdempotencyKey('8e03978e-40d5-43dd-bc93-6894a57f9324')).toBe(
      '8e03978e-40d5-43dd-bc93-6894a57f9324',
    );
    expect(readIdempotencyKey('  "quoted"  ')).toBe('quoted');
  });

  it.each([
    undefined,
    null,
    '',
    '""',
    '"',
    'a b',
    'a, b',
    '"a", "b"',
    '"a\nb"',
    'ä',
    'x'.repeat(256),
    '"x\\y"',
  ])('refuses %j', (value) => {
    expect(() => readIdempotencyKey(value)).toThrow(
      expect.objectContaining({ code: 'IDEMPOTENCY_KEY_INVALID' }) as Error,
    );
  });

  it('makes keys that differ', () => {
    expect(new Set(Array.from({ length: 100 }, newIdempotencyKey)).size).toBe(100);
  });
});

describe('a fingerprint', () => {
  it('differs where any part differs, also where parts run into each other', async () => {
    const all = await Promise.all([
      fingerprint('POST', '/a', '{}'),
      fingerprint('POST', '/a{', '}'),
      fingerprint('POST/a', '{}'),
      fingerprint('POST', '/a', '{}', ''),
      fingerprint('POST', '/b', '{}'),
    ]);
    expect(new Set(all).size).toBe(all.length);
    expect(await fingerprint('x', new TextEncoder().encode('y'))).toBe(await fingerprint('x', 'y'));
  });
});

describe("a record's key", () => {
  it('is never that of another scope, tenant or key', () => {
    const text = fc.string({ unit: 'binary', maxLength: 5 }).filter((candidate) => candidate.isWellFormed());
    const request = fc.record({ scope: text, tenant: text, key: text });
    fc.assert(
      fc.property(request, request, (a, b) => {
        const same = a.scope === b.scope && a.tenant === b.tenant && a.key === b.key;
        const [keyOfA, keyOfB] = [a, b].map((each) => recordKey(each.scope, { ...each, fingerprint: 'f' }));
        return (keyOfA === keyOfB) === same;
      }),
    );
  });
});

const printable = Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n));
