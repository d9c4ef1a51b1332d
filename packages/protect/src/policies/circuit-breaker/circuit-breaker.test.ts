import { expect, test } from 'vitest';
import { pipeline } from '../../pipeline.ts';
import { hangs, settle, takes, virtualRuntime } from '../../testing/index.ts';
import { bulkhead } from '../bulkhead/index.ts';
import { timeout } from '../timeout/index.ts';
import { circuitBreaker, type CircuitBreakerOptions, CircuitOpenError } from './index.ts';

const fail = () => Promise.reject(new Error('down'));
const succeed = () => Promise.resolve('up');

function setUp(options: CircuitBreakerOptions) {
  const runtime = virtualRuntime();
  const breaker = circuitBreaker(options);
  const line = pipeline('stock', [breaker], { runtime });
  const machine = line.machine(breaker);
  const failTimes = async (times: number) => {
    for (let i = 0; i < times; i++) await line.run(fail).catch(() => {});
  };
  return { runtime, time: runtime.time, line, machine, failTimes };
}

const threeInARow = { consecutiveFailures: 3, openFor: '1s' } as const;

test('opens after so many failures in a row, and a success begins the row anew', async () => {
  const { line, machine, failTimes } = setUp(threeInARow);
  await failTimes(2);
  await line.run(succeed);
  await failTimes(2);
  expect(machine.state).toBe('closed');
  await failTimes(1);
  expect(machine.state).toBe('open');
});

test('turns calls away while open, and says when to come again', async () => {
  const { line, time, failTimes } = setUp(threeInARow);
  await failTimes(3);
  await time.advance(400);
  const error = await line.run(succeed).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CircuitOpenError);
  expect(error).toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: 600, pipeline: 'stock', state: 'open' });
});

test('judges a rate only on the minimum of calls', async () => {
  const { line, machine, failTimes } = setUp({ failureRate: 0.5, minimumCalls: 4, window: '10s' });
  await failTimes(3);
  expect(machine.state).toBe('closed');
  await line.run(succeed);
  expect(machine.state).toBe('closed');
  await failTimes(1);
  expect(machine.state).toBe('open');
});

test('lets exactly the chosen probes pass among a thousand callers', async () => {
  const { line, time, failTimes } = setUp({ ...threeInARow, probes: 5, probeConcurrency: 2 });
  await failTimes(3);
  await time.advance(1_000);
  let begun = 0;
  const running = Array.from({ length: 1_000 }, () =>
    line
      .run(() => {
        begun++;
        return new Promise((resolve) => time.set(() => resolve('up'), 10));
      })
      .catch(() => {}),
  );
  expect(begun).toBe(2);
  await time.advance(10);
  await Promise.all(running);
});

test('closes after enough probes succeeded, with nothing remembered', async () => {
  const { line, time, machine, failTimes } = setUp({ ...threeInARow, probes: 2 });
  await failTimes(3);
  await time.advance(1_000);
  await line.run(succeed);
  expect(machine.state).toBe('half-open');
  await line.run(succeed);
  expect(machine.state).toBe('closed');
  await failTimes(2);
  expect(machine.state).toBe('closed');
});

test('a failed probe opens it again, for longer each time up to the most', async () => {
  const { time, line, machine, failTimes } = setUp({ ...threeInARow, openForFactor: 2, openForMax: '3s' });
  await failTimes(3);
  for (const openForMs of [1_000, 2_000, 3_000, 3_000]) {
    expect(machine.retryAfterMs(time.now())).toBe(openForMs);
    await time.advance(openForMs);
    await line.run(fail).catch(() => {});
    expect(machine.state).toBe('open');
  }
});

test('a result that comes in a later state is ignored', async () => {
  const { line, time, machine, failTimes } = setUp(threeInARow);
  const lateFailures = Array.from({ length: 5 }, () =>
    line
      .run(() => new Promise((_, reject) => time.set(() => reject(new Error('late')), 1_500)))
      .catch(() => {}),
  );
  await failTimes(3);
  await time.advance(1_000);
  await line.run(succeed);
  expect(machine.state).toBe('closed');
  await time.advance(600);
  await Promise.all(lateFailures);
  expect(machine.state).toBe('closed');
  expect(machine.counts(time.now()).failures).toBe(0);
});

test('a cancelled probe gives its place back and decides nothing', async () => {
  const { line, time, machine, failTimes } = setUp(threeInARow);
  await failTimes(3);
  await time.advance(1_000);
  const controller = new AbortController();
  const probe = line.run(hangs(), { signal: controller.signal }).catch((reason: unknown) => reason);
  await expect(line.run(succeed)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
  controller.abort('gone');
  expect(await probe).toBe('gone');
  expect(machine.state).toBe('half-open');
  expect(await line.run(succeed)).toBe('up');
  expect(machine.state).toBe('closed');
});

test('a probe that never ends does not hold it half-open for ever', async () => {
  const { line, time, machine, failTimes } = setUp({ ...threeInARow, probeTimeout: '5s' });
  await failTimes(3);
  await time.advance(1_000);
  void line.run(hangs());
  await time.advance(5_000);
  await expect(line.run(succeed)).rejects.toMatchObject({ state: 'open' });
  await time.advance(1_000);
  await line.run(succeed);
  expect(machine.state).toBe('closed');
});

test('a calm spell as long as the longest open time earns the short open time again', async () => {
  const { time, line, machine, failTimes } = setUp({ ...threeInARow, openForFactor: 2, openForMax: '4s' });
  const tripTwice = async () => {
    await failTimes(3);
    await time.advance(machine.retryAfterMs(time.now())!);
    await failTimes(1);
    await time.advance(machine.retryAfterMs(time.now())!);
    await line.run(succeed);
    expect(machine.state).toBe('closed');
  };
  await tripTwice();
  await time.advance(3_999);
  await failTimes(3);
  // No calm spell: it grows on, although the probe before had succeeded.
  expect(machine.retryAfterMs(time.now())).toBe(4_000);
  await time.advance(4_000);
  await line.run(succeed);
  await time.advance(4_000);
  await failTimes(3);
  expect(machine.retryAfterMs(time.now())).toBe(1_000);
});

test('open times are spread by their jitter, so that many instances do not probe in step', () => {
  const openTimes = Array.from({ length: 200 }, (_, seed) => {
    const breaker = circuitBreaker({ ...threeInARow, openForJitter: 0.5 });
    const machine = pipeline('stock', [breaker], { runtime: virtualRuntime(seed) }).machine(breaker);
    for (let i = 0; i < 3; i++) machine.record(machine.tryAcquire(0)!, true, 0);
    return machine.retryAfterMs(0)!;
  });
  expect(Math.min(...openTimes)).toBeGreaterThanOrEqual(1_000);
  expect(Math.max(...openTimes)).toBeLessThan(1_500);
  const mean = openTimes.reduce((sum, openTime) => sum + openTime, 0) / openTimes.length;
  expect(Math.abs(mean - 1_250)).toBeLessThan(50);
});

test('what a policy within refuses says nothing of what is protected', async () => {
  const runtime = virtualRuntime();
  const breaker = circuitBreaker({ consecutiveFailures: 1 });
  const line = pipeline('stock', [breaker, bulkhead({ concurrency: 1 })], { runtime });
  const running = line.run(takes(10, 'up', runtime.time));
  for (let i = 0; i < 5; i++) {
    expect(await line.outcome(succeed)).toMatchObject({ error: { code: 'BULKHEAD_FULL' } });
  }
  await runtime.time.advance(10);
  await running;
  expect(line.machine(breaker).counts(runtime.time.now())).toEqual({ calls: 1, failures: 0, slow: 0 });
});

test('puts up with so many failed probes, and opens with one more', async () => {
  const { line, time, machine, failTimes } = setUp({ ...threeInARow, probes: 3, probeFailures: 2 });
  const half = async () => {
    await time.advance(1_000);
    await failTimes(2);
    await line.run(succeed);
    await line.run(succeed);
    expect(machine.state).toBe('half-open');
  };
  await failTimes(3);
  await half();
  await failTimes(1);
  expect(machine.state).toBe('open');
  await half();
  await line.run(succeed);
  expect(machine.state).toBe('closed');
});

test('a slow probe that is put up with counts once, and when it has ended', async () => {
  const { line, time, machine, failTimes } = setUp({
    ...threeInARow,
    slowCallRate: 0.5,
    slowCall: 100,
    probes: 2,
    probeFailures: 1,
  });
  await failTimes(3);
  await time.advance(1_000);
  const probes = [1, 2].map(() => line.run(takes(200, 'late', time)));
  await time.advance(150);
  expect(machine.state).toBe('half-open');
  await time.advance(50);
  await Promise.all(probes);
  expect(machine.state).toBe('open');
});

test("a caller's abort is neither success nor failure", async () => {
  const { line, machine, time } = setUp(threeInARow);
  for (let i = 0; i < 10; i++) {
    const controller = new AbortController();
    const call = line.run(hangs(), { signal: controller.signal }).catch(() => {});
    controller.abort();
    await call;
  }
  expect(machine.state).toBe('closed');
  expect(machine.counts(time.now()).calls).toBe(0);
});

test('a time-out of the pipeline counts as failure, inside the breaker and outside', async () => {
  for (const outside of [true, false]) {
    const runtime = virtualRuntime();
    const breaker = circuitBreaker({ consecutiveFailures: 1 });
    const policies = outside ? [timeout(50), breaker] : [breaker, timeout(50)];
    const line = pipeline('slow', policies, { runtime });
    const call = line.run(hangs()).catch(() => {});
    await runtime.time.advance(50);
    await call;
    expect(line.machine(breaker).state).toBe('open');
  }
});

test('a call that is slow counts before it has ended', async () => {
  const { line, time, machine } = setUp({ slowCallRate: 0.5, slowCall: 100, minimumCalls: 2, window: '10s' });
  const calls = [line.run(takes(10_000, 'late', time)), line.run(takes(10_000, 'late', time))];
  await time.advance(99);
  expect(machine.state).toBe('closed');
  await time.advance(1);
  expect(machine.state).toBe('open');
  await time.advance(10_000);
  await Promise.all(calls);
});

test('after closing, the share of calls that pass grows over the ramp', async () => {
  const { line, time, machine, failTimes } = setUp({ ...threeInARow, ramp: '10s' });
  await failTimes(3);
  await time.advance(1_000);
  await line.run(succeed);
  expect(machine.state).toBe('ramping');
  const admitted = async () => {
    let passed = 0;
    for (let i = 0; i < 1_000; i++) await line.run(() => passed++).catch(() => {});
    return passed;
  };
  expect(await admitted()).toBeGreaterThan(60);
  await time.advance(5_000);
  const half = await admitted();
  expect(half).toBeGreaterThan(430);
  expect(half).toBeLessThan(570);
  await time.advance(5_000);
  expect(await admitted()).toBe(1_000);
  expect(machine.state).toBe('closed');
});

test('what counts as failure is for the user to say', async () => {
  const { line, machine } = setUp({
    consecutiveFailures: 1,
    isFailure: (error) => error instanceof TypeError,
    isFailureResult: (value) => value === 503,
  });
  await line.run(fail).catch(() => {});
  expect(machine.state).toBe('closed');
  await line.run(() => Promise.resolve(503));
  expect(machine.state).toBe('open');
});

test('isolated by hand it stays open until it is reset; disabled it lets everything pass', async () => {
  const { line, time, machine, failTimes } = setUp(threeInARow);
  machine.isolate(time.now());
  await time.advance(3_600_000);
  await expect(line.run(succeed)).rejects.toMatchObject({ state: 'isolated', retryAfterMs: undefined });
  machine.disable(time.now());
  await failTimes(10);
  expect(await line.run(succeed)).toBe('up');
  machine.reset(time.now());
  expect(machine.state).toBe('closed');
});

test('observing it counts, lets everything pass and never opens', async () => {
  const { line, time, machine, failTimes, runtime } = setUp({
    ...threeInARow,
    slowCallRate: 0.1,
    slowCall: 10,
  });
  machine.observe(time.now());
  await failTimes(10);
  const slow = line.run(takes(50, 'late', time));
  await time.advance(50);
  expect(await slow).toBe('late');
  expect(machine.state).toBe('observing');
  expect(machine.counts(time.now())).toEqual({ calls: 11, failures: 10, slow: 1 });
  expect(runtime.recorder.of('circuit-breaker.observing')).toMatchObject([{ from: 'closed' }]);
  expect(line.atRest).toBe(false);
  machine.reset(time.now());
  expect(machine.counts(time.now()).calls).toBe(0);
  await failTimes(3);
  expect(machine.state).toBe('open');
});

test('is at rest while closed, when its ramp is over, and when nobody has called for as long as it may be open', async () => {
  const { line, time, machine, failTimes } = setUp({ ...threeInARow, ramp: '2s', openForMax: '4s' });
  expect(line.atRest).toBe(true);
  await failTimes(3);
  await time.advance(4_999);
  expect(line.atRest).toBe(false);
  await time.advance(1);
  expect(line.atRest).toBe(true);
  await line.run(succeed);
  expect(machine.state).toBe('ramping');
  expect(line.atRest).toBe(false);
  await time.advance(2_000);
  expect(line.atRest).toBe(true);
  for (const steer of ['isolate', 'disable', 'observe'] as const) {
    machine[steer](time.now());
    await time.advance(3_600_000);
    expect(line.atRest).toBe(false);
  }
});

test('says each change of state as an event, with its reason', async () => {
  const { line, runtime, time, failTimes } = setUp(threeInARow);
  await failTimes(3);
  await time.advance(1_000);
  await line.run(succeed);
  expect(runtime.recorder.types.filter((type) => type.startsWith('circuit-breaker'))).toEqual([
    'circuit-breaker.opened',
    'circuit-breaker.half-opened',
    'circuit-breaker.closed',
  ]);
  expect(runtime.recorder.of('circuit-breaker.opened')[0]).toMatchObject({
    openForMs: 1_000,
    because: '3 calls failed in a row',
    from: 'closed',
  });
});

test('an old success has left the window when its time is over', async () => {
  const { line, time, machine } = setUp({ failureRate: 0.5, minimumCalls: 1, window: '1s' });
  await line.run(succeed);
  await line.run(succeed);
  await time.advance(1_000);
  await settle();
  expect(machine.counts(time.now()).calls).toBe(0);
});

test.each([
  [{ failureRate: 50 }, 'Expected `failureRate` to be a fraction above 0 and up to 1, got 50.'],
  [{ slowCallRate: 0.5 }, 'Expected `slowCallRate` to be given together with `slowCall`, got 0.5.'],
  [
    { window: { calls: 5 }, minimumCalls: 6 },
    'Expected `minimumCalls` to be a whole number from 1 to 5, got 6.',
  ],
  [
    { openFor: '5' as '5s' },
    "Expected `openFor` to be a duration of at least 1 ms such as 300, '300ms', '5s', '2m' or '1h', got \"5\".",
  ],
])('refuses %j when it is described', (options, message) => {
  expect(() => circuitBreaker(options)).toThrow(message);
});

test("a user's function that throws decides nothing, and costs no probe", async () => {
  let broken = false;
  const judge = () => {
    if (broken) throw new Error('no judgement');
    return true;
  };
  for (const slow of [{}, { slowCallRate: 1, slowCall: 50 } as const]) {
    broken = false;
    const { line, time, machine } = setUp({
      ...threeInARow,
      consecutiveFailures: 1,
      isFailure: judge,
      isFailureResult: judge,
      ...slow,
    });
    await line.run(fail).catch(() => {});
    await time.advance(1_000);
    broken = true;
    await expect(line.run(fail)).rejects.toThrow('no judgement');
    await expect(line.run(succeed)).rejects.toThrow('no judgement');
    expect(machine.state).toBe('half-open');
    await time.advance(100);
    expect(machine.state).toBe('half-open');
    expect(time.pendingTimers).toBe(0);
  }
});

test('the limit of a call further out, handed on by its signal, is no failure of what is called', async () => {
  for (const slow of [{}, { slowCallRate: 1, slowCall: 5_000 } as const]) {
    const { line, machine, runtime } = setUp({ consecutiveFailures: 1, ...slow });
    const outer = pipeline('page', [timeout(10)], { runtime });
    const calling = outer.run(({ signal }) => line.run(hangs(), { signal })).catch(() => {});
    await runtime.time.advance(10);
    await calling;
    expect(machine.state).toBe('closed');
    expect(machine.counts(10).calls).toBe(0);
  }
});

test('judges the failure rate on calls that have ended: slow ones that still run are none', async () => {
  const { line, time, machine, failTimes } = setUp({
    failureRate: 0.5,
    slowCallRate: 1,
    slowCall: 10,
    minimumCalls: 5,
  });
  for (let i = 0; i < 4; i++) void line.run(hangs());
  await time.advance(10);
  await failTimes(1);
  expect(machine.state).toBe('closed');
  await failTimes(4);
  expect(machine.state).toBe('open');
});
