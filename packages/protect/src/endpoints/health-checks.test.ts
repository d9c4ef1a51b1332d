import { expect, test } from 'vitest';
import { hangs, virtualRuntime } from '../testing/index.ts';
import { endpoints, type HealthOptions, httpCheck } from './index.ts';

/** Three servers; those in `down` fail their checks. */
async function setUp(options: Partial<HealthOptions> = {}) {
  const runtime = virtualRuntime();
  const down = new Set<string>();
  const checked: { url: string; at: number }[] = [];
  let listed = ['http://a', 'http://b', 'http://c'];
  const inventory = endpoints('inventory', {
    source: () => listed,
    runtime,
    health: {
      check({ url }) {
        checked.push({ url, at: runtime.time.now() });
        if (down.has(url)) throw new Error('down');
      },
      ...options,
    },
  });
  await inventory.ready();
  const list = async (...urls: string[]) => {
    listed = urls;
    await inventory.refresh();
  };
  const unhealthy = () =>
    inventory.set.endpoints.filter(({ health }) => health === 'unhealthy').map(({ url }) => url);
  return { runtime, time: runtime.time, inventory, down, checked, list, unhealthy };
}

test('every server is checked at once and then every ten seconds, not in step', async () => {
  const { time, checked } = await setUp();
  await time.advance(0);
  expect(checked).toHaveLength(3);
  await time.advance(60_000);
  const ofA = checked.filter(({ url }) => url === 'http://a').map(({ at }) => at);
  const gaps = ofA.slice(1).map((at, i) => at - ofA[i]!);
  for (const gap of gaps) expect(Math.abs(gap - 10_000)).toBeLessThanOrEqual(1_000);
  expect(new Set(gaps).size).toBe(gaps.length);
  expect(new Set(checked.slice(3, 6).map(({ at }) => at)).size).toBe(3);
});

test('three failed checks take a server out, two good ones bring it back', async () => {
  const { time, down, unhealthy, runtime, inventory } = await setUp();
  await time.advance(1_000);
  down.add('http://b');
  await time.advance(22_000);
  expect(unhealthy()).toEqual([]);
  await time.advance(11_000);
  expect(unhealthy()).toEqual(['http://b']);
  for (let i = 0; i < 50; i++) expect(await inventory.call(({ url }) => url)).not.toBe('http://b');
  down.clear();
  await time.advance(23_000);
  expect(unhealthy()).toEqual([]);
  expect(runtime.recorder.of('endpoints.health-changed')).toMatchObject([
    { endpoint: 'http://b', to: 'unhealthy', error: { message: 'down' } },
    { endpoint: 'http://b', to: 'healthy' },
  ]);
});

test('a check that takes too long has failed, and its signal says so', async () => {
  const signals: AbortSignal[] = [];
  const { time, unhealthy } = await setUp({
    timeout: 500,
    check: (_endpoint, signal) => {
      signals.push(signal);
      return hangs()(undefined as never);
    },
  });
  await time.advance(499);
  expect(unhealthy()).toEqual([]);
  await time.advance(1);
  expect(unhealthy()).toHaveLength(3);
  expect(signals[0]?.reason).toMatchObject({ name: 'TimeoutError' });
});

test('what a check says after its time is let go of', async () => {
  const answers: (() => void)[] = [];
  const { time, unhealthy } = await setUp({
    timeout: 500,
    jitter: 0,
    healthyAfter: 1,
    check: () => new Promise<void>((resolve) => answers.push(resolve)),
  });
  await time.advance(500);
  for (const answer of answers) answer();
  await time.advance(9_999);
  expect(unhealthy()).toHaveLength(3);
  expect(answers).toHaveLength(3);
  await time.advance(1);
  expect(answers).toHaveLength(6);
});

test('false is no good answer either; anything else is one', async () => {
  const { time, unhealthy } = await setUp({ check: ({ url }) => (url === 'http://a' ? false : undefined) });
  await time.advance(1);
  expect(unhealthy()).toEqual(['http://a']);
});

test('a server that left is checked no more, and what its check says then is let go of', async () => {
  const { time, checked, list, inventory } = await setUp();
  await time.advance(0);
  await list('http://c', 'http://d');
  await time.advance(0);
  expect(checked.slice(3).map(({ url }) => url)).toEqual(['http://d']);
  await time.advance(11_000);
  expect(checked.slice(4).every(({ url }) => url === 'http://c' || url === 'http://d')).toBe(true);
  await inventory.close();
  const count = checked.length;
  await time.advance(60_000);
  expect(checked).toHaveLength(count);
});

test('checks and questions to the source do not keep the process alive', async () => {
  const { time } = await setUp();
  await time.advance(1);
  expect(time.nextTimerAt).toBeDefined();
  expect(time.pendingTimers).toBe(0);
});

test('over HTTP a status is judged, redirects are not followed, and bodies are let go of', async () => {
  const asked: { url: string; redirect: unknown }[] = [];
  let cancelled = 0;
  const answering = (status: number): typeof fetch =>
    ((url: URL, init: RequestInit) => {
      asked.push({ url: String(url), redirect: init.redirect });
      return Promise.resolve({ status, body: { locked: false, cancel: async () => void cancelled++ } });
    }) as never;
  const endpoint = { url: 'http://a:81/base' } as never;
  const { signal } = new AbortController();
  await httpCheck('/health?full', { fetch: answering(204) })(endpoint, signal);
  expect(asked).toEqual([{ url: 'http://a:81/health?full', redirect: 'manual' }]);
  await expect(httpCheck('/health', { fetch: answering(503) })(endpoint, signal)).rejects.toThrow('503');
  await expect(httpCheck('/health', { fetch: answering(302) })(endpoint, signal)).rejects.toThrow('302');
  const teapot = httpCheck('/health', { fetch: answering(418), isHealthy: (status) => status === 418 });
  await teapot(endpoint, signal);
  expect(cancelled).toBe(4);
  expect(() => httpCheck('health')).toThrow('`path`');
});
