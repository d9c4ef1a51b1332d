import { describe, expect, it } from 'vitest';
import { router } from './router.ts';

const match = router([
  { method: 'GET', path: '/', handle: 'page' },
  { method: 'GET', path: '/stock', handle: 'all' },
  { method: 'GET', path: '/stock/:sku', handle: 'one' },
  { method: 'POST', path: '/stock/:sku', handle: 'set' },
]);

describe('router', () => {
  it('finds the route by method and path, with the values of its names', () => {
    expect(match('GET', '/')).toEqual({ found: true, handle: 'page', params: {} });
    expect(match('POST', '/stock/bell')).toEqual({ found: true, handle: 'set', params: { sku: 'bell' } });
    expect(match('GET', '/stock/a%20b')).toMatchObject({ params: { sku: 'a b' } });
  });

  it('answers HEAD as GET', () => {
    expect(match('HEAD', '/stock')).toMatchObject({ handle: 'all' });
  });

  it('tells a wrong method from a wrong path', () => {
    expect(match('DELETE', '/stock/bell')).toEqual({ found: false, allow: ['GET', 'POST'] });
    expect(match('GET', '/elsewhere')).toEqual({ found: false, allow: [] });
  });

  it('matches neither an empty name nor a broken escape', () => {
    expect(match('GET', '/stock/')).toEqual({ found: false, allow: [] });
    expect(match('GET', '/stock/%zz')).toEqual({ found: false, allow: [] });
  });
});
