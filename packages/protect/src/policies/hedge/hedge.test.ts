import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../kernel/attempt.ts';
import { OptionsError } from '../../kernel/errors.ts';
import type { Policy } from '../../kernel/layer.ts';
import { RetryBudget } from '../../kernel/retry-budget.ts';
import { pipeline } from '../../pipeline.ts';
import { failsTimes, hangs, virtualRuntime } from '../../testing/index.ts';
import { bulkhead } from '../bulkhead/index.ts';
import { timeout } from '../timeout/index.ts';
import { hedge } from './index.ts';

function setUp(...policies: readonly Policy[]) {
  const runtime = virtualRuntime();
  const line = pipeline('replica', policies, { idempotent: true, runtime });
  return { runtime, line, time: runtime.time, recorder: runtime.recorder };
}

/** Work whose attempts are ended by hand, one after the other. */
function byHand() {
  const attempts: { attempt: Attempt; resolve(value: unknown): void; reject(error: unknown): void }[] = [];
  const work = (attempt: Attempt) =>
    new Promise<unknown>((resolve, reject) => {
      attempts.push({ attempt, resolve, reject });
      attempt.signal.addEventListener('abort', () => reject(attempt.signal.reason));
    });
  return { work, attempts };
}

describe('a hedge', () => {
  it('starts nothing for a call that is fast enough', async () => {
    const { line, time, recorder } = setUp(hedge({ after: 50 }));
    const { work, attempts } = byHand();
    const calling = line.run(work);
    await time.advance(49);
    attempts[0]!.resolve('fast');
    expect(await calling).toBe('fast');
    await time.advance(1_000);
    expect(attempts).toHaveLength(1);
    expect(recorder.types).toEqual(['call.succeeded']);
    expect(time.pendingTimers).toBe(0);
  });

  it('starts nothing beside a call that must not be repeated', async () => {
    const { line, time } = setUp(hedge({ after: 50 }));
    const { work, attempts } = byHand();
    const calling = line.run(work, { repeat: false });
    await time.advance(1_000);
    attempts[0]!.resolve('slow');
    expect(await calling).toBe('slow');
    expect(attempts).toHaveLength(1);
  });

  it('starts a second attempt after the delay, and takes the answer that comes first', async () => {
    const { line, time, recorder } = setUp(hedge({ after: 50 }));
    const { work, attempts } = byHand();
    const calling = line.run(work);
    await time.advance(50);
    expect(attempts.map(({ attempt }) => attempt.attempt)).toEqual([1, 2]);
    await time.advance(10);
    attempts[1]!.resolve('second');
    expect(await calling).toBe('second');

    const { signal } = attempts[0]!.attempt;
    expect(signal.aborted).toBe(true);
    expect((signal.reason as Error).name).toBe('AbortError');
    expect((signal.reason as Error).message).toBe(
      'Another attempt of this call has answered first; this one is not needed.',
    );
    expect(attempts[1]!.attempt.signal.aborted).toBe(false);
    expect(recorder.of('hedge.started')).toMatchObject([{ attempt: 2, afterMs: 50 }]);
    expect(recorder.of('hedge.won')).toMatchObject([{ attempt: 2 }]);
    expect(recorder.of('call.succeeded')).toMatchObject([{ attempts: 2, durationMs: 60 }]);
    expect(line.running).toBe(0);
    expect(time.pendingTimers).toBe(0);
  });

  it('ends the second attempt when the first answers after all', async () => {
    const { line, time, recorder } = setUp(hedge({ after: 50 }));
    const { work, attempts } = byHand();
    const calling = line.run(work);
    await time.advance(60);
    attempts[0]!.resolve('first');
    expect(await calling).toBe('first');
    expect(attempts[0]!.attempt.signal.aborted).toBe(false);
    expect(attempts[1]!.attempt.signal.aborted).toBe(true);
    expect(recorder.of('hedge.won')).toEqual([]);
    expect(line.running).toBe(0);
  });

  it('starts one after the other up to its attempts', async () => {
    const { line, time } = setUp(hedge({ after: 50, attempts: 3, budget: 1 }));
    const { work, attempts } = byHand();
    const calling = line.run(work);
    await time.advance(1_000);
    expect(attempts).toHaveLength(3);
    attempts[2]!.resolve('third');
    expect(await calling).toBe('third');
    expect(attempts.map(({ attempt }) => attempt.signal.aborted)).toEqual([true, true, false]);
  });

  it('starts both at once with a delay of nothing', async () => {
    const { line, time } = setUp(hedge({ after: 0 }));
    const { work, attempts } = byHand();
    const calling = line.run(work);
    await time.advance(0);
    expect(attempts).toHaveLength(2);
    attempts[1]!.resolve('second');
    expect(await calling).toBe('second');
  });

  it.each([
    { winner: 0, apartMs: 0 },
    { winner: 0, apartMs: 1 },
    { winner: 1, apartMs: 1 },
  ])('lets go of the response that lost: %j', async ({ winner, apartMs }) => {
    const { line, time } = setUp(hedge({ after: 50 }));
    const cancelled: number[] = [];
    const response = (index: number) => ({
      body: { cancel: () => void cancelled.push(index), locked: false },
    });
    const resolves: ((value: unknown) => void)[] = [];
    // Work that does not listen to its signal: its answer comes, and nobody reads it.
    const calling = line.run(() => new Promise((resolve) => resolves.push(resolve)));
    await time.advance(50);
    const won = response(winner);
    resolves[winner]!(won);
    if (apartMs > 0) await time.advance(apartMs);
    resolves[1 - winner]!(response(1 - winner));
    expect(await calling).toBe(won);
    await time.advance(0);
    expect(cancelled).toEqual([1 - winner]);
  });
});

describe('a failed attempt', () => {
  it('has the next one started at once', async () => {
    const { line, recorder, time } = setUp(hedge({ after: 50 }));
    const work = failsTimes(1, 'second');
    expect(await line.run(work)).toBe('second');
    expect(work.calls).toBe(2);
    expect(recorder.of('hedge.started')).toMatchObject([{ attempt: 2, afterMs: 0 }]);
    expect(time.pendingTimers).toBe(0);
  });

  it('is not the result while another may still succeed', async () => {
    const { line, time } = setUp(hedge({ after: 50 }));
    const { work, attempts } = byHand();
    const calling = line.run(work);
    await time.advance(50);
    attempts[0]!.reject(new Error('first'));
    await time.advance(10);
    attempts[1]!.resolve('second');
    expect(await calling).toBe('second');
  });

  it('beside the first does not end it', async () => {
    const { line, time } = setUp(hedge({ after: 50 }));
    const { work, attempts } = byHand();
    const calling = line.run(work);
    await time.advance(50);
    attempts[1]!.reject(new Error('second'));
    await time.advance(10);
    attempts[0]!.resolve('first');
    expect(await calling).toBe('first');
  });

  it('is the result, as the last error, when all have failed', async () => {
    const { line, time } = setUp(hedge({ after: 50, attempts: 3, budget: 2 }));
    const { work, attempts } = byHand();
    const calling = line.outcome(work);
    await time.advance(100);
    attempts[1]!.reject(new Error('second'));
    attempts[0]!.reject(new Error('first'));
    await time.advance(1);
    const last = new Error('third');
    attempts[2]!.reject(last);
    expect(await calling).toEqual({ ok: false, error: last });
    expect(line.running).toBe(0);
    expect(time.pendingTimers).toBe(0);
  });

  it('starts nothing when `on` says that its error is not worth it', async () => {
    const error = new Error('no such product');
    const { line } = setUp(hedge({ after: 50, on: () => false }));
    const work = failsTimes(9, 'never', error);
    await expect(line.run(work)).rejects.toBe(error);
    expect(work.calls).toBe(1);
  });

  it('keeps its error when a further attempt was only refused', async () => {
    const { line, time } = setUp(hedge({ after: 50 }), bulkhead({ concurrency: 1, abandoned: 'hold' }));
    const error = new Error('true failure');
    const { work, attempts } = byHand();
    const calling = line.outcome(work);
    await time.advance(50);
    expect(attempts).toHaveLength(1);
    attempts[0]!.reject(error);
    expect(await calling).toEqual({ ok: false, error });
  });

  it('reports what a broken `on` threw, and leaves nothing behind', async () => {
    const thrown = new Error('predicate');
    const { line, time } = setUp(
      hedge({
        after: 50,
        on: () => {
          throw thrown;
        },
      }),
    );
    const { work, attempts } = byHand();
    const calling = line.outcome(work);
    await time.advance(50);
    attempts[1]!.reject(new Error('second'));
    attempts[0]!.reject(new Error('first'));
    expect(await calling).toEqual({ ok: false, error: thrown });
    expect(time.pendingTimers).toBe(0);
  });
});

describe('the budget of a hedge', () => {
  it('lets no more be started when it is used up, and what runs go on', async () => {
    const { line, time, recorder } = setUp(
      hedge({ after: 50, budget: new RetryBudget({ ratio: 0, burst: 1 }) }),
    );
    const first = byHand();
    const second = byHand();
    const firstCall = line.run(first.work);
    await time.advance(50);
    const secondCall = line.run(second.work);
    await time.advance(50);
    expect(first.attempts).toHaveLength(2);
    expect(second.attempts).toHaveLength(1);
    expect(recorder.of('hedge.refused')).toMatchObject([{ because: 'budget' }]);
    first.attempts[1]!.resolve('hedged');
    second.attempts[0]!.resolve('patient');
    expect(await Promise.all([firstCall, secondCall])).toEqual(['hedged', 'patient']);
  });

  it('is one further attempt in ten calls by default, and ten at the start', async () => {
    const { line, time } = setUp(hedge({ after: 50 }));
    const works = Array.from({ length: 100 }, () => hangs());
    const calls = works.map((work) => void line.run(work).catch(() => {}));
    await time.advance(1_000);
    const attempts = works.reduce((sum, { calls }) => sum + calls, 0);
    // The bucket is full when the calls begin, so that what they pay in is lost.
    expect(attempts - calls.length).toBe(10);
  });
});

describe('a hedged call', () => {
  it('that its caller gives up ends every attempt with the caller’s reason', async () => {
    const { line, time } = setUp(hedge({ after: 50 }));
    const { work, attempts } = byHand();
    const controller = new AbortController();
    const calling = line.outcome(work, { signal: controller.signal });
    await time.advance(50);
    const reason = new Error('user left');
    controller.abort(reason);
    expect(await calling).toEqual({ ok: false, error: reason });
    expect(attempts.map(({ attempt }) => attempt.signal.reason as unknown)).toEqual([reason, reason]);
    expect(line.running).toBe(0);
    expect(time.pendingTimers).toBe(0);
  });

  it('that is given up while it waits for its last attempt ends that too', async () => {
    const { line, time } = setUp(hedge({ after: 50 }));
    const { work, attempts } = byHand();
    const controller = new AbortController();
    const calling = line.outcome(work, { signal: controller.signal });
    await time.advance(50);
    attempts[0]!.reject(new Error('first'));
    await time.advance(0);
    controller.abort('enough');
    expect(await calling).toEqual({ ok: false, error: 'enough' });
    expect(attempts[1]!.attempt.signal.reason).toBe('enough');
    expect(line.running).toBe(0);
  });

  it('is ended with all attempts by a time-out outside', async () => {
    const { line, time } = setUp(timeout(80), hedge({ after: 50 }));
    const { work, attempts } = byHand();
    const calling = line.outcome(work);
    await time.advance(80);
    expect(await calling).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } });
    expect(attempts.map(({ attempt }) => attempt.signal.aborted)).toEqual([true, true]);
  });

  it('gives each attempt the whole of a time-out inside', async () => {
    const { line, time } = setUp(hedge({ after: 50 }), timeout(80));
    const { work, attempts } = byHand();
    const calling = line.outcome(work);
    await time.advance(50);
    expect(attempts.map(({ attempt }) => attempt.deadline)).toEqual([80, 130]);
    await time.advance(79);
    expect(attempts[0]!.attempt.signal.aborted).toBe(true);
    expect(attempts[1]!.attempt.signal.aborted).toBe(false);
    attempts[1]!.resolve('in time');
    expect(await calling).toEqual({ ok: true, value: 'in time' });
  });

  it('runs every attempt in its caller’s asynchronous context', async () => {
    const storage = new AsyncLocalStorage<string>();
    const { line, time } = setUp(hedge({ after: 50 }));
    const seen: (string | undefined)[] = [];
    const work = () => {
      seen.push(storage.getStore());
      return new Promise((resolve) => time.set(() => resolve('done'), 60));
    };
    // Both share one timer, which the first of them has set.
    const calls = ['a', 'b'].map((name) => storage.run(name, () => line.run(work)));
    await time.advance(200);
    await Promise.all(calls);
    expect(seen).toEqual(['a', 'b', 'a', 'b']);
  });

  it('is not hedged within a call that is repeated already', async () => {
    const { line, time, runtime } = setUp(hedge({ after: 50, budget: 1 }));
    const inner = pipeline('inner', [hedge({ after: 10, budget: 1 })], { idempotent: true, runtime });
    const work = hangs();
    void line.run(() => inner.run(work)).catch(() => {});
    await time.advance(1_000);
    expect(work.calls).toBe(3);
  });

  it('needs a key unless the pipeline is idempotent', async () => {
    const runtime = virtualRuntime();
    const line = pipeline('orders', [hedge({ after: 50 })], { runtime });
    // @ts-expect-error -- the key is missing
    await expect(line.run(() => 'order')).rejects.toMatchObject({ code: 'KEY_REQUIRED' });
    expect(await line.run(({ key }) => key, { key: 'k1' })).toBe('k1');
  });
});

describe('the options of a hedge', () => {
  it.each([
    { after: -1 },
    { after: 50, attempts: 1 },
    { after: 50, attempts: 11 },
    { after: 50, budget: -1 },
    { after: { percentile: 1 } },
    { after: { percentile: 0.4 } },
    { after: { percentile: 0.95, least: 50, most: 10 } },
    { after: { percentile: 0.95, max: 10 } },
    { after: 50, retries: 2 },
    {},
  ])('are refused when they cannot be right: %j', (options) => {
    expect(() => hedge(options as never)).toThrow(OptionsError);
  });
});
