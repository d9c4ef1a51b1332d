import { describe, expect, it } from 'vitest';
import { checkDefinition } from './check-definition.ts';
import { tinyService, tinySystem } from './fixtures/systems.ts';

describe('the definition of a system', () => {
  const shop = tinySystem(tinyService('gateway', { calls: ['inventory'] }), tinyService('inventory'));

  it('has its first mode by default', () => {
    expect(checkDefinition(shop, undefined)?.name).toBe('protected');
    expect(checkDefinition(shop, 'naive')?.name).toBe('naive');
  });

  it('says which modes there are', () => {
    expect(() => checkDefinition(shop, 'nave')).toThrow(/no mode `nave`; there is: protected, naive/);
  });

  it.each([
    [
      'a call to nobody',
      [tinyService('a', { calls: ['b'] })],
      /`a` calls `b`, which is no service; there is: a/,
    ],
    ['two of one name', [tinyService('a'), tinyService('a')], /two services `a`/],
    ['a name that is a path', [tinyService('../a')], /letters, digits and dashes.*got "..\/a"/],
    ['a port for two', [tinyService('a', { port: 80 }), tinyService('b', { port: 80 })], /both.*port 80/],
  ])('is refused for %s', (_what, services, message) => {
    expect(() => checkDefinition(tinySystem(...services), undefined)).toThrow(
      expect.objectContaining({
        code: 'SYSTEM_INVALID',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  it('is refused where there are no signals', () => {
    expect(() => checkDefinition(shop, undefined, 'win32')).toThrow(
      expect.objectContaining({ code: 'PLATFORM_UNSUPPORTED' }) as Error,
    );
  });
});
