import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const env = { DATA_FOLDER: '/data', PORT: '4001', INVENTORY_URL: 'http://127.0.0.1:4000/' };

describe('config', () => {
  it('reads what a service is told, protected unless said otherwise', () => {
    const config = readConfig(env);
    expect(config).toMatchObject({ mode: 'protected', port: 4001, dataFolder: '/data' });
    expect(config.urlOf('inventory')).toBe('http://127.0.0.1:4000');
    expect(readConfig({ ...env, SHOP_MODE: 'naive' }).mode).toBe('naive');
  });

  it.each([
    [{ SHOP_MODE: 'brave' }, 'SHOP_MODE'],
    [{ PORT: '70000' }, 'PORT'],
    [{ PORT: '-1' }, 'PORT'],
    [{ DATA_FOLDER: '' }, 'DATA_FOLDER'],
    [{ PAYMENT_RECORDS: 'mysql://here' }, 'PAYMENT_RECORDS'],
  ])('names the variable that is wrong: %o', (wrong, name) => {
    expect(() => readConfig({ ...env, ...wrong })).toThrow(name);
  });

  it('names an address that is missing or is none', () => {
    expect(() => readConfig(env).urlOf('payment')).toThrow('PAYMENT_URL is not set');
    expect(() => readConfig({ ...env, INVENTORY_URL: 'here' }).urlOf('inventory')).toThrow('INVENTORY_URL');
  });
});
