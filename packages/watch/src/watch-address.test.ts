import { expect, test } from 'vitest';
import { watchAddress } from './watch-address.ts';

const good = {
  SEAWORTHY_WATCH_URL: 'tcp://127.0.0.1:4100',
  SEAWORTHY_WATCH_TOKEN: 'a-token-of-some-length',
  SEAWORTHY_SERVICE: 'payment',
};

test('without the variable there is no watcher, and nothing else is asked for', () => {
  expect(watchAddress({})).toBeUndefined();
  expect(watchAddress({ SEAWORTHY_WATCH_URL: '' })).toBeUndefined();
});

test('the address is read', () => {
  expect(watchAddress(good)).toEqual({
    host: '127.0.0.1',
    port: 4100,
    token: 'a-token-of-some-length',
    service: 'payment',
  });
  expect(watchAddress({ ...good, SEAWORTHY_WATCH_URL: 'tcp://[::1]:4100' })).toMatchObject({ host: '::1' });
});

test.each([
  ['another machine', { SEAWORTHY_WATCH_URL: 'tcp://10.0.0.7:4100' }, 'SEAWORTHY_WATCH_URL'],
  [
    'a name that only begins like this machine',
    { SEAWORTHY_WATCH_URL: 'tcp://localhost.example:1' },
    'SEAWORTHY_WATCH_URL',
  ],
  ['another protocol', { SEAWORTHY_WATCH_URL: 'http://127.0.0.1:4100' }, 'SEAWORTHY_WATCH_URL'],
  ['no port', { SEAWORTHY_WATCH_URL: 'tcp://127.0.0.1' }, 'SEAWORTHY_WATCH_URL'],
  ['no address at all', { SEAWORTHY_WATCH_URL: 'yes' }, 'SEAWORTHY_WATCH_URL'],
  ['no token', { SEAWORTHY_WATCH_TOKEN: undefined }, 'SEAWORTHY_WATCH_TOKEN'],
  ['no name', { SEAWORTHY_SERVICE: undefined }, 'SEAWORTHY_SERVICE'],
  ['a name with spaces', { SEAWORTHY_SERVICE: 'pay ment' }, 'SEAWORTHY_SERVICE'],
])('%s is refused, with the variable named', (_, change, variable) => {
  expect(() => watchAddress({ ...good, ...change })).toThrow(
    expect.objectContaining({ code: 'WATCH_OPTIONS_INVALID', message: expect.stringContaining(variable) }),
  );
});

test('the token is not told, whatever is wrong with it', () => {
  const token = 'hunter2'.repeat(100);
  expect(() => watchAddress({ ...good, SEAWORTHY_WATCH_TOKEN: token })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
  );
});
