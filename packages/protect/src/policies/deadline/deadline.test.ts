import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { DeadlineExceededError, OptionsError } from '../../kernel/errors.ts';
import { pipeline } from '../../pipeline.ts';
import { hangs, takes, virtualRuntime } from '../../testing/index.ts';
import { circuitBreaker } from '../circuit-breaker/index.ts';
import { fallback } from '../fallback/index.ts';
import { retry } from '../retry/index.ts';
import { timeout } from '../timeout/index.ts';
import { deadline } from './index.ts';

describe('a deadline', () => {
  it('ends the call when it passes, and says so', async () => {
    const runtime = virtualRuntime();
    const line = pipeline('checkout', [deadline('2s')], { runtime });
    const calling = line.run(hangs()).catch((error: unknown) => error);
    await runtime.time.advance(2_000);
    expect(await calling).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      policy: 'deadline',
      pipeline: 'checkout',
    });
    expect(runtime.recorder.of('deadline.passed')).toMatchObject([{ at: 2_000, pipeline: 'checkout' }]);
  });

  it('is readable as the time that is left', async () => {
    const runtime = virtualRuntime();
    const line = pipeline('checkout', [deadline(100), timeout(500)], { runtime });
    const left: number[] = [];
    await runtime.time.until(
      line.run(async (attempt) => {
        left.push(attempt.remainingMs, attempt.deadline);
        await new Promise<void>((resolve) => runtime.time.set(resolve, 30));
        left.push(attempt.remainingMs);
      }),
    );
    expect(left).toEqual([100, 100, 70]);
    const free = pipeline('free', [], { runtime });
    expect(await free.run(({ remainingMs, deadline: until }) => [remainingMs, until])).toEqual([
      Infinity,
      Infinity,
    ]);
  });

  it('reaches the calls made by the work, through awaits, and ends them with it', async () => {
    const runtime = virtualRuntime();
    const outer = pipeline('outer', [deadline(100), fallback('too late')], { runtime });
    const inner = pipeline('inner', [timeout(1_000)], { runtime });
    let within: unknown;
    const calling = outer
      .run(async () => {
        await new Promise<void>((resolve) => runtime.time.set(resolve, 40));
        within = await inner.run(hangs()).catch((error: unknown) => error);
      })
      .catch((error: unknown) => error);
    await runtime.time.advance(100);
    expect(await calling).toBeInstanceOf(DeadlineExceededError);
    expect(within).toMatchObject({ code: 'DEADLINE_EXCEEDED', pipeline: 'inner' });
    expect(runtime.time.pendingTimers).toBe(0);
  });

  it('reaches work that was given the signal of its caller too', async () => {
    const runtime = virtualRuntime();
    const outer = pipeline('outer', [deadline(100)], { runtime });
    const inner = pipeline('inner', [], { runtime });
    const { signal } = new AbortController();
    let seen: AbortSignal | undefined;
    const work = inner.run.bind(inner, (attempt) => {
      seen = attempt.signal;
      return hangs()(attempt);
    });
    const calling = outer.run(() => work({ signal })).catch(() => {});
    await runtime.time.advance(100);
    await calling;
    expect(seen?.reason).toBeInstanceOf(DeadlineExceededError);
    expect(signal.aborted).toBe(false);
  });

  it('begins no work once it has passed', async () => {
    const runtime = virtualRuntime();
    const outer = pipeline('outer', [deadline(50)], { runtime });
    const inner = pipeline('inner', [fallback('never')], { runtime });
    const work = hangs();
    let late: unknown;
    const calling = outer
      .run(async () => {
        await new Promise<void>((resolve) => runtime.time.set(resolve, 80));
        late = await inner.run(work).catch((error: unknown) => error);
      })
      .catch(() => {});
    await runtime.time.advance(200);
    await calling;
    expect(late).toBeInstanceOf(DeadlineExceededError);
    expect(work.calls).toBe(0);
    expect(runtime.recorder.of('deadline.passed')).toContainEqual(
      expect.objectContaining({ pipeline: 'inner', lateMs: 30 }),
    );
  });

  it('only shrinks, however deadlines are nested', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 6 }),
        async (limits) => {
          const runtime = virtualRuntime();
          const seen: number[] = [];
          const nest = (depth: number): Promise<unknown> =>
            pipeline(`level ${depth}`, [deadline(limits[depth]!)], { runtime }).run(
              async ({ remainingMs }) => {
                seen.push(remainingMs);
                await Promise.resolve();
                if (depth + 1 < limits.length) await nest(depth + 1);
              },
            );
          await runtime.time.until(nest(0));
          expect(seen).toEqual(limits.map((_, depth) => Math.min(...limits.slice(0, depth + 1))));
          expect(runtime.time.pendingTimers).toBe(0);
        },
      ),
    );
  });

  it('is handed on by the option `within`, where nothing is ambient', async () => {
    const runtime = {
      ...virtualRuntime(),
      ambient: { get: () => undefined, run: <T>(_: unknown, work: () => T) => work() },
    };
    const outer = pipeline('outer', [deadline(100)], { runtime });
    const inner = pipeline('inner', [deadline(1_000)], { runtime });
    const seen = await outer.run((attempt) =>
      inner.run(({ remainingMs }) => remainingMs, { within: attempt }),
    );
    expect(seen).toBe(100);
  });

  it('does not reach calls that are not made by the work', async () => {
    const runtime = virtualRuntime();
    const outer = pipeline('outer', [deadline(100)], { runtime });
    const other = pipeline('other', [], { runtime });
    const running = outer.run(takes(50, 'done', runtime.time));
    expect(await other.run(({ remainingMs }) => remainingMs)).toBe(Infinity);
    await runtime.time.advance(50);
    expect(await running).toBe('done');
  });

  it('keeps a retry from a wait that it would cut off, and the last error is what comes out', async () => {
    const runtime = virtualRuntime();
    const line = pipeline('checkout', [deadline(100), retry({ attempts: 9, backoff: () => 40 })], {
      idempotent: true,
      runtime,
    });
    let attempts = 0;
    const calling = line
      .run(() => Promise.reject(new Error(`number ${++attempts}`)))
      .catch((error: unknown) => error);
    await runtime.time.advance(1_000);
    expect(await calling).toMatchObject({ message: 'number 3' });
    expect(runtime.recorder.of('retry.stopped')).toMatchObject([
      { at: 80, because: 'deadline', attempts: 3 },
    ]);
  });

  it('of its own pipeline tells a breaker that the work hangs, inside of it and outside', async () => {
    const breaker = circuitBreaker({ consecutiveFailures: 1 });
    for (const policies of [
      [breaker, deadline(50)],
      [deadline(50), breaker],
    ]) {
      const runtime = virtualRuntime();
      const line = pipeline('slow', policies, { runtime });
      const calling = line.run(hangs()).catch((error: unknown) => error);
      await runtime.time.advance(50);
      expect(await calling).toBeInstanceOf(DeadlineExceededError);
      expect(line.machine(breaker).state).toBe('open');
    }
  });

  it('of an enclosing call, which may have left no time, tells a breaker nothing', async () => {
    const runtime = virtualRuntime();
    const breaker = circuitBreaker({ consecutiveFailures: 1 });
    const outer = pipeline('outer', [deadline(50)], { runtime });
    const inner = pipeline('inner', [breaker], { runtime });
    const calling = outer.run(() => inner.run(hangs())).catch(() => {});
    await runtime.time.advance(100);
    await calling;
    expect(inner.machine(breaker).state).toBe('closed');
  });

  it('of less than a millisecond is refused when it is described', () => {
    expect(() => deadline(0)).toThrow(OptionsError);
  });
});
