/** The once-only handlers on a store, with all that callers do to them; time is virtual, so no case waits. */
import {
  answerOnce,
  type Claim,
  type HttpReply,
  once,
  onceInTransaction,
  type OnceOptions,
} from '@seaworthy/protect/idempotency';
import { type VirtualRuntime, virtualRuntime } from '@seaworthy/protect/testing';
import { memoryStore } from '@seaworthy/stores/memory';
import { beforeEach, describe, expect, it } from 'vitest';

type Store = ReturnType<typeof memoryStore>;
let runtime: VirtualRuntime;
let store: Store;
const request = { key: 'k-1', fingerprint: 'f-1' };

beforeEach(() => {
  runtime = virtualRuntime();
  store = memoryStore({ clock: runtime.time });
});

const handler = (options: Partial<OnceOptions<unknown>> = {}) =>
  once<unknown>({ store, scope: 'test', lease: '3s', runtime, ...options });
const never = () => {
  throw new Error('The work must not run.');
};

describe('a once-only handler', () => {
  it('does the work once and plays its reply back', async () => {
    const first = await handler().run(request, () => ({ id: 7, at: new Date(0) }));
    expect(first).toEqual({ reply: { id: 7, at: '1970-01-01T00:00:00.000Z' }, replayed: false });
    expect(await handler().run(request, never)).toEqual({ ...first, replayed: true });
  });

  it('keeps scopes and tenants apart', async () => {
    await handler().run(request, () => 'a');
    expect((await handler({ scope: 'other' }).run(request, () => 'b')).reply).toBe('b');
    expect((await handler().run({ ...request, tenant: 't' }, () => 'c')).reply).toBe('c');
  });

  it('refuses the key with another request', async () => {
    await handler().run(request, () => 'a');
    const other = handler().run({ ...request, fingerprint: 'f-2' }, never);
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('tells callers to come back while the first one is at work, however long it takes', async () => {
    const { work, finish } = held();
    const first = handler().run(request, work);
    await runtime.time.advance(60_000);
    await expect(handler().run(request, never)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_IN_FLIGHT',
      retryAfterMs: 1_000,
    });
    finish('done');
    expect((await first).reply).toBe('done');
    expect((await handler().run(request, never)).reply).toBe('done');
    expect(runtime.time.pendingTimers).toBe(0);
  });

  it('lets another take over from a holder that shows no sign of life, with a higher token', async () => {
    const frozen = virtualRuntime();
    const { work, finish, claims } = held();
    const slow = handler({ runtime: frozen }).run(request, work);
    await runtime.time.advance(3_001);
    const claimsOfOther: Claim[] = [];
    const other = await handler().run(request, (claim) => {
      claimsOfOther.push(claim);
      return 'by the other';
    });
    expect(other).toEqual({ reply: 'by the other', replayed: false });
    expect(claims[0]).toMatchObject({ resumed: false });
    expect(claimsOfOther[0]).toMatchObject({ resumed: true });
    expect(claimsOfOther[0]!.token).toBeGreaterThan(claims[0]!.token);
    // The slow one finds that out by itself, before its work has ended.
    await frozen.time.advance(1_000);
    expect(claims[0]!.signal.aborted).toBe(true);
    expect(claims[0]!.signal.reason).toMatchObject({ code: 'IDEMPOTENCY_LEASE_LOST' });
    finish('too late');
    expect(await slow).toEqual({ reply: 'by the other', replayed: true });
  });

  it('says that the lease is lost while the other holder is still at work', async () => {
    const frozen = virtualRuntime();
    const first = held();
    const second = held();
    const slow = handler({ runtime: frozen }).run(request, first.work);
    await runtime.time.advance(3_001);
    const other = handler().run(request, second.work);
    await runtime.time.advance(1);
    first.finish('too late');
    await expect(slow).rejects.toMatchObject({ code: 'IDEMPOTENCY_LEASE_LOST' });
    second.finish('right');
    expect((await other).reply).toBe('right');
  });

  it('gives its lease up when the store is away for too long, and not for a moment', async () => {
    let away = false;
    const shaky: Store = {
      ...store,
      write: (...args) => (away ? Promise.reject(new Error('away')) : store.write(...args)),
    };
    const { work, claims, finish } = held();
    const running = handler({ store: shaky }).run(request, work);
    await runtime.time.advance(500);
    away = true;
    await runtime.time.advance(1_000);
    away = false;
    await runtime.time.advance(5_000);
    expect(claims[0]!.signal.aborted).toBe(false);
    away = true;
    await runtime.time.advance(5_000);
    expect(claims[0]!.signal.aborted).toBe(true);
    finish('x');
    await expect(running).rejects.toThrow('away');
  });

  it('keeps its lease when a renewal was done but its answer was lost', async () => {
    let lose = false;
    const lossy: Store = {
      ...store,
      async write(...args) {
        const result = await store.write(...args);
        if (lose) throw new Error('reply lost');
        return result;
      },
    };
    const { work, finish } = held();
    const running = handler({ store: lossy }).run(request, work);
    await runtime.time.advance(500);
    lose = true;
    await runtime.time.advance(1_000);
    lose = false;
    finish('done');
    expect(await running).toEqual({ reply: 'done', replayed: false });
  });

  it('drives failed work again, or plays its failure back, as it was told', async () => {
    const trouble = new Error('the bank said no');
    const fails = () => Promise.reject(trouble);
    await expect(handler().run(request, fails)).rejects.toBe(trouble);
    const resumed: boolean[] = [];
    const again = await handler().run(request, (claim) => {
      resumed.push(claim.resumed);
      return 'done';
    });
    expect(again).toEqual({ reply: 'done', replayed: false });
    expect(resumed).toEqual([true]);

    const replaying = handler({ failures: 'replay', scope: 'replaying' });
    await expect(replaying.run(request, fails)).rejects.toBe(trouble);
    await expect(replaying.run(request, never)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_FAILURE_REPLAYED',
      failure: { name: 'Error', message: 'the bank said no' },
    });
  });

  it('drives work again whose reply tells of a failure', async () => {
    const isFailure = (reply: unknown) => (reply as { status: number }).status === 503;
    const driving = handler({ isFailure });
    expect((await driving.run(request, () => ({ status: 503 }))).reply).toEqual({ status: 503 });
    expect((await driving.run(request, () => ({ status: 200 }))).reply).toEqual({ status: 200 });
    const replaying = handler({ isFailure, failures: 'replay', scope: 'replaying' });
    await replaying.run(request, () => ({ status: 503 }));
    expect((await replaying.run(request, never)).replayed).toBe(true);
  });

  it('forgets an outcome when its time is over', async () => {
    const short = handler({ keep: '1h' });
    await short.run(request, () => 'first');
    await runtime.time.advance(3_599_999);
    expect((await short.run(request, never)).reply).toBe('first');
    await runtime.time.advance(1);
    expect((await short.run(request, () => 'second')).reply).toBe('second');
  });

  it('refuses options and requests that cannot be right', async () => {
    expect(() => handler({ scope: '' })).toThrow('scope');
    expect(() => handler({ lease: '1ms' })).toThrow('lease');
    expect(() => handler({ failures: 'never' as 'replay' })).toThrow('failures');
    expect(() => handler({ store: undefined as never })).toThrow('store');
    for (const bad of [
      { key: '' },
      { key: 'x'.repeat(256) },
      { fingerprint: '' },
      { tenant: 'x'.repeat(129) },
    ]) {
      await expect(handler().run({ ...request, ...bad }, never)).rejects.toMatchObject({
        code: 'OPTIONS_INVALID',
      });
    }
  });
});

describe('a once-only handler in a transaction', () => {
  const make = (failures: 'redrive' | 'replay' = 'redrive') =>
    onceInTransaction<HttpReply, undefined>({
      store,
      scope: failures,
      failures,
      isFailure: ({ status }) => status >= 500,
    });

  it('does the work once, is busy meanwhile, and plays the reply back', async () => {
    let finish = (_reply: HttpReply) => {};
    const first = make().run(request, () => new Promise((resolve) => void (finish = resolve)));
    await expect(make().run(request, never)).rejects.toMatchObject({ code: 'IDEMPOTENCY_IN_FLIGHT' });
    finish({ status: 201 });
    expect(await first).toEqual({ reply: { status: 201 }, replayed: false });
    expect(await make().run(request, never)).toEqual({ reply: { status: 201 }, replayed: true });
    const other = make().run({ ...request, fingerprint: 'f-2' }, never);
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('rolls a failure back and drives the work again, or plays it back', async () => {
    expect((await make().run(request, () => ({ status: 503 }))).reply).toEqual({ status: 503 });
    const trouble = new Error('trouble');
    await expect(make().run(request, async () => Promise.reject(trouble))).rejects.toBe(trouble);
    expect((await make().run(request, () => ({ status: 201 }))).replayed).toBe(false);

    const fail = () => {
      throw trouble;
    };
    await expect(make('replay').run(request, fail)).rejects.toBe(trouble);
    await expect(make('replay').run(request, never)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_FAILURE_REPLAYED',
    });
  });
});

describe('a once-only answer over HTTP', () => {
  const post = { method: 'POST', path: '/charges', key: '"k-1"', body: '{"amount":7}' };
  const answer = (changed: object, work: () => HttpReply | Promise<HttpReply>) =>
    answerOnce({ ...post, ...changed }, (request) => (handler() as never as Http).run(request, work));
  type Http = { run: ReturnType<typeof once<HttpReply>>['run'] };

  it('is the reply, and the same reply marked as played back', async () => {
    const reply = { status: 201, headers: { location: '/charges/1' }, body: { id: 1 } };
    expect(await answer({}, () => reply)).toEqual(reply);
    expect(await answer({ key: 'k-1' }, never)).toEqual({
      ...reply,
      headers: { location: '/charges/1', 'idempotent-replayed': 'true' },
    });
  });

  it('is 400 without a key, 422 for another request, 409 while the first is at work', async () => {
    const missing = await answer({ key: undefined }, never);
    expect(missing).toMatchObject({
      status: 400,
      headers: { 'content-type': 'application/problem+json' },
      body: { type: 'urn:seaworthy:idempotency-key-invalid', status: 400 },
    });
    const { work, finish } = held<HttpReply>();
    const first = answer({}, work as () => Promise<HttpReply>);
    while (runtime.time.pendingTimers === 0 && runtime.time.nextTimerAt === undefined)
      await runtime.time.advance(0);
    expect(await answer({}, never)).toMatchObject({ status: 409, headers: { 'retry-after': '1' } });
    expect(await answer({ body: '{"amount":8}' }, never)).toMatchObject({ status: 422 });
    finish({ status: 201 });
    expect((await first).status).toBe(201);
  });

  it('throws what is no matter of keys', async () => {
    await expect(answer({}, () => Promise.reject(new Error('own')))).rejects.toThrow('own');
  });
});

/** Work that goes on until it is told to finish. */
function held<Reply>() {
  const claims: Claim[] = [];
  let finish = (_reply: Reply) => {};
  const work = (claim: Claim) => {
    claims.push(claim);
    return new Promise<Reply>((resolve) => {
      finish = resolve;
    });
  };
  return { work, claims, finish: (reply: Reply) => finish(reply) };
}
