import { describe, expect, it } from 'vitest';
import { setOf, urls } from './fixtures/set.ts';

describe('ejection', () => {
  it('takes a server out after five failures in a row, and lets it come back in time', () => {
    const { fail, record, of, happenings, tally } = setOf(urls(4), { balance: 'random' });
    fail('http://a', 4);
    record('http://a', 'succeeded');
    fail('http://a', 4);
    expect(of('http://a').ejected).toBe(false);
    fail('http://a', 1);
    expect(happenings).toEqual([
      {
        type: 'endpoints.ejected',
        endpoint: 'http://a',
        forMs: 30_000,
        because: 'consecutive-failures',
        times: 1,
      },
    ]);
    expect(tally(500, 29_999)['http://a']).toBeUndefined();
    expect(tally(500, 30_000)['http://a']).toBeGreaterThan(0);
    expect(happenings.at(-1)).toEqual({ type: 'endpoints.returned', endpoint: 'http://a' });
  });

  it('lasts longer each time in a row, up to the longest, and less again after a time without trouble', () => {
    const { fail, happenings, set } = setOf(urls(4), { ejection: { baseTime: '10s', maxTime: '25s' } });
    const lengths = () => happenings.flatMap((what) => ('forMs' in what ? [what.forMs] : []));
    for (const at of [0, 10_000, 30_000]) {
      set.pick(at);
      fail('http://a', 5, at);
    }
    expect(lengths()).toEqual([10_000, 20_000, 25_000]);
    // Back at 55 s; 20 s without trouble take two of the three times away.
    set.pick(75_000);
    fail('http://a', 5, 75_000);
    expect(lengths().at(-1)).toBe(20_000);
  });

  it('judges the share of failures against that of the others, not by itself', () => {
    const { record, of, happenings } = setOf(urls(2), { ejection: { consecutiveFailures: 1_000 } });
    /** Of every three calls to a, two fail; of every three to b, `failing` do. */
    const round = (failing: number, at: number) => {
      for (let i = 0; i < 30; i++) {
        record('http://b', i % 3 < failing ? 'failed' : 'succeeded', at);
        record('http://a', i % 3 < 2 ? 'failed' : 'succeeded', at);
      }
    };
    round(2, 0);
    expect(of('http://a').ejected || of('http://b').ejected).toBe(false);
    round(0, 60_000);
    expect(happenings).toMatchObject([{ endpoint: 'http://a', because: 'failure-rate' }]);
  });

  it('judges no share on too few calls', () => {
    const { fail, record, of } = setOf(urls(2), {
      ejection: { consecutiveFailures: 1_000, minimumCalls: 20 },
    });
    for (let i = 0; i < 40; i++) record('http://b', 'succeeded');
    fail('http://a', 19);
    expect(of('http://a').ejected).toBe(false);
    fail('http://a', 1);
    expect(of('http://a').ejected).toBe(true);
  });

  it('what a server did before it was out is not held against it when it is back', () => {
    const { record, fail, set, of } = setOf(urls(2), {
      ejection: { consecutiveFailures: 1_000, baseTime: '1s' },
    });
    for (let i = 0; i < 40; i++) record('http://b', 'succeeded');
    fail('http://a', 20);
    expect(of('http://a').ejected).toBe(true);
    set.pick(1_000);
    fail('http://a', 19, 1_000);
    expect(of('http://a').ejected).toBe(false);
    fail('http://a', 1, 1_000);
    expect(of('http://a').ejected).toBe(true);
  });

  it('calls that were under way when it was taken out do not count when it is back', () => {
    const { set, of, record, fail } = setOf(urls(2));
    const late = Array.from({ length: 50 }, () => set.pick(0)!).filter(({ url }) => url === 'http://a');
    expect(late.length).toBeGreaterThan(5);
    fail('http://a', 5);
    for (const endpoint of late) set.record(endpoint, 'failed', 10, 1);
    set.pick(30_000);
    fail('http://a', 4, 30_000);
    expect(of('http://a').ejected).toBe(false);
    record('http://a', 'failed', 30_000);
    expect(of('http://a').ejected).toBe(true);
  });

  it('does not take out the last one that checks have left', () => {
    const { check, fail, of, set } = setOf(urls(4), { panicBelow: 0 });
    for (const url of ['http://b', 'http://c', 'http://d']) check(url, false);
    fail('http://a', 100);
    expect(of('http://a').ejected).toBe(false);
    expect(set.pick(0)?.url).toBe('http://a');
    fail('http://b', 5);
    expect(of('http://b').ejected).toBe(true);
  });

  it('never takes out more than it may, nor the only server', () => {
    const five = setOf(urls(5));
    for (const url of urls(5)) five.fail(url, 20);
    expect(five.set.counts).toMatchObject({ known: 5, ejected: 2 });
    const one = setOf(urls(1));
    one.fail('http://a', 20);
    expect(one.set.counts.ejected).toBe(0);
    const never = setOf(urls(5), { ejection: false });
    never.fail('http://a', 100);
    expect(never.set.counts.ejected).toBe(0);
  });

  it('lets servers come back early when the set has become so small that too many would be out', () => {
    const { set, fail, happenings } = setOf(urls(4));
    fail('http://a', 5);
    fail('http://b', 5);
    set.update([{ url: 'http://a' }, { url: 'http://b' }], 1_000);
    expect(set.counts).toEqual({ known: 2, available: 1, unhealthy: 0, ejected: 1 });
    expect(happenings.filter(({ type }) => type === 'endpoints.returned')).toHaveLength(1);
  });
});

describe('a new list', () => {
  it('keeps the state of who stays, forgets who left, and counts calls of those on their way out', () => {
    const { set, record, fail, check, of, happenings } = setOf(urls(4));
    record('http://a', 'succeeded', 0, 40);
    check('http://b', false);
    fail('http://c', 5);
    const leaving = set.pick(0)!;
    const stays = urls(4).filter((url) => url !== leaving.url);
    happenings.length = 0;
    set.update(
      [...stays, 'http://e'].map((url) => ({ url, weight: 3 })),
      0,
    );
    expect(happenings).toEqual([
      { type: 'endpoints.removed', endpoint: leaving.url, known: 3 },
      { type: 'endpoints.added', endpoint: 'http://e', known: 4 },
    ]);
    for (const url of stays) expect(of(url).weight).toBe(3);
    if (stays.includes('http://a')) expect(of('http://a').latencyMs).toBe(40);
    expect(of('http://b').health).toBe('unhealthy');
    expect(of('http://c').ejected).toBe(true);
    for (let i = 0; i < 10; i++) fail(stays[0]!, 0);
    set.record(leaving, 'failed', 10, 0);
    expect(leaving.inFlight).toBe(0);
    expect(set.counts).toMatchObject({ known: 4 });
  });

  it('a server that left and came back is a new one', () => {
    const { set, fail, of } = setOf(urls(3));
    fail('http://a', 5);
    set.update([{ url: 'http://b' }, { url: 'http://c' }], 0);
    expect(set.counts.ejected).toBe(0);
    set.update([{ url: 'http://a' }, { url: 'http://b' }, { url: 'http://c' }], 0);
    expect(of('http://a')).toMatchObject({ ejected: false, latencyMs: 0 });
  });
});

describe('health checks', () => {
  it('the first decides alone; then so many in a row are needed', () => {
    const { check, of, happenings } = setOf(urls(3));
    check('http://a', true);
    expect(happenings).toEqual([]);
    for (const healthy of [false, false, true, false, false]) check('http://a', healthy);
    expect(of('http://a').health).toBe('healthy');
    check('http://a', false);
    expect(of('http://a').health).toBe('unhealthy');
    check('http://a', true);
    check('http://a', false);
    check('http://a', true);
    expect(of('http://a').health).toBe('unhealthy');
    check('http://a', true);
    expect(happenings).toEqual([
      { type: 'endpoints.health-changed', endpoint: 'http://a', to: 'unhealthy' },
      { type: 'endpoints.health-changed', endpoint: 'http://a', to: 'healthy' },
    ]);
    check('http://b', false);
    expect(of('http://b').available).toBe(false);
  });
});

describe('choosing', () => {
  it.each([
    ['least-latency', 0.15],
    ['random', 0.15],
    ['round-robin', 0.005],
  ] as const)('%s goes by weight', (balance, off) => {
    const weighted = [1_000, 2_000, 5_000].map((weight) => ({ url: `http://w${weight}`, weight }));
    const counts = setOf(weighted, { balance }).tally(8_000);
    for (const { url, weight } of weighted) {
      expect(counts[url]).toBeGreaterThan(weight * (1 - off));
      expect(counts[url]).toBeLessThan(weight * (1 + off));
    }
  });

  it('round-robin passes all in turn, and lets none wait for long behind a heavy one', () => {
    const inTurn = setOf(urls(3), { balance: 'round-robin' });
    const picked = Array.from({ length: 6 }, () => inTurn.set.pick(0)!.url);
    expect(picked).toEqual([...urls(3), ...urls(3)]);

    const weighted = [
      { url: 'http://heavy', weight: 3_000 },
      { url: 'http://light', weight: 1_000 },
    ];
    const { set } = setOf(weighted, { balance: 'round-robin' });
    const order = Array.from({ length: 1_000 }, () => (set.pick(0)!.weight === 3_000 ? 'h' : 'l')).join('');
    const runs = order.split('l').slice(1, -1);
    expect(Math.max(...runs.map((run) => run.length))).toBeLessThanOrEqual(4);
  });

  it.each(['least-latency', 'random', 'round-robin'] as const)(
    '%s avoids what the call has tried, then goes to another tier, then begins again',
    (balance) => {
      const { set } = setOf(
        ['http://a', 'http://b', { url: 'http://later', priority: 1 }].map((one) => one),
        { balance },
      );
      for (let i = 0; i < 50; i++) {
        const first = set.pick(0)!;
        const second = set.pick(0, { value: first, previous: undefined })!;
        const tried = { value: second, previous: { value: first, previous: undefined } };
        expect([first.url, second.url].toSorted()).toEqual(['http://a', 'http://b']);
        const third = set.pick(0, tried)!;
        expect(third.url).toBe('http://later');
        expect(set.pick(0, { value: third, previous: tried })!.priority).toBe(0);
      }
    },
  );

  it('a server that fails at once does not look the fastest', () => {
    const { set, record } = setOf(urls(3), { ejection: false });
    for (const url of urls(3)) record(url, 'succeeded', 0, 50);
    let broken = 0;
    for (let i = 0; i < 1_000; i++) {
      const endpoint = set.pick(i)!;
      const isBroken = endpoint.url === 'http://a';
      if (isBroken) broken++;
      set.record(endpoint, isBroken ? 'failed' : 'succeeded', isBroken ? 1 : 50, i);
    }
    expect(broken).toBeLessThan(30);
  });

  it('gives a new server one call until it has answered, and tries a slow one again after a time', () => {
    const { set, record, of } = setOf(urls(2));
    record('http://b', 'succeeded', 0, 10);
    const picks = Array.from({ length: 20 }, () => set.pick(0)!.url);
    expect(picks.filter((url) => url === 'http://a')).toHaveLength(1);

    const slow = setOf(urls(2));
    slow.record('http://a', 'succeeded', 0, 5_000);
    slow.record('http://b', 'succeeded', 0, 10);
    expect(slow.tally(100, 100)).toEqual({ 'http://b': 100 });
    slow.record('http://b', 'succeeded', 90_000, 10);
    expect(slow.set.pick(90_000)!.url).toBe('http://a');
    expect(of('http://a').inFlight).toBe(1);
  });

  it('a call that was given up says only that it took so long', () => {
    const { record, of, set } = setOf(urls(2));
    record('http://a', 'succeeded', 0, 10);
    for (let i = 0; i < 20; i++) record('http://a', 'cancelled', 0, 5);
    expect(of('http://a')).toMatchObject({ latencyMs: 10, ejected: false });
    record('http://a', 'cancelled', 0, 800);
    expect(of('http://a').latencyMs).toBe(800);
    expect(set.counts.ejected).toBe(0);
  });
});
