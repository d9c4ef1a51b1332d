import { pipeline } from '@seaworthy/protect';
import { inject, injector } from '@seaworthy/protect/inject';
import { virtualRuntime } from '@seaworthy/protect/testing';
import { describe, expect, it } from 'vitest';
import { attachFaults, type FaultChannel } from './attach-faults.ts';

type Request = Parameters<Parameters<FaultChannel['onMessage']>[0]>[0];
type Message = Parameters<FaultChannel['send']>[0];

/** A service with one pipeline, and the lab at the other end of its channel. */
function setUp() {
  const runtime = virtualRuntime();
  const chaos = injector();
  const payment = pipeline('payment', [inject(chaos)], { runtime });
  const said: Message[] = [];
  let ask: (request: Request) => void = () => {};
  let disconnect = () => {};
  const channel: FaultChannel = {
    enabled: true,
    send: (message) => said.push(message) > 0,
    onMessage(listener) {
      ask = listener;
      return () => {};
    },
    onDisconnect(listener) {
      disconnect = listener;
      return () => {};
    },
  };
  const { time } = runtime;
  const detach = attachFaults(channel, { clock: time, timers: time, injectors: { payment: chaos } });
  const begin = (options: Readonly<Record<string, unknown>>, leaseMs = 60_000) =>
    ask({ kind: 'fault.begin', id: 'f1', fault: 'inject-into-calls', options, leaseMs });
  return {
    time,
    payment,
    said,
    begin,
    end: () => ask({ kind: 'fault.end', id: 'f1' }),
    disconnect: () => disconnect(),
    detach,
  };
}

const gone = { injector: 'payment', effect: 'error' };

describe('a fault in the calls of a service', () => {
  it('begins and ends when the lab asks for it, under its id, and is seen to bite', async () => {
    const { time, payment, said, begin, end } = setUp();
    begin(gone);
    await time.advance(300);
    await expect(payment.run(() => 'paid')).rejects.toMatchObject({ code: 'INJECTED', fault: 'f1' });
    await time.advance(1_000);
    expect(said).toMatchObject([{ kind: 'fault.began', id: 'f1', measured: { calls: 1, injected: 1 } }]);
    end();
    expect(await payment.run(() => 'paid')).toBe('paid');
    await time.advance(1_000);
    expect(said.at(-1)).toMatchObject({ kind: 'fault.ended', id: 'f1' });
  });

  it.each(['disconnect', 'detach'] as const)('ends with the connection: %s', async (how) => {
    const service = setUp();
    service.begin(gone);
    await service.time.advance(1_000);
    service[how]();
    expect(await service.payment.run(() => 'paid')).toBe('paid');
  });

  it('ends with its lease', async () => {
    const { time, payment, begin } = setUp();
    begin(gone, 5_000);
    await time.advance(4_999);
    await expect(payment.run(() => 'paid')).rejects.toMatchObject({ code: 'INJECTED' });
    await time.advance(1);
    expect(await payment.run(() => 'paid')).toBe('paid');
  });

  it.each([
    [{ ...gone, injector: 'stock' }, 'There is no injector `stock` in this process; there are: payment.'],
    [{ ...gone, injector: 'toString' }, 'There is no injector `toString`'],
    [{ ...gone, rate: 7 }, 'Expected `rate`'],
    [{ injector: 'payment', effect: 'behaviour', behaviour: 'rm' }, 'Expected `behaviour`'],
  ])('is refused when it cannot be: %j', async (options, message) => {
    const { time, said, begin, payment } = setUp();
    begin(options);
    await time.advance(1_000);
    expect(said).toMatchObject([{ kind: 'fault.refused', id: 'f1' }]);
    expect(JSON.stringify(said)).toContain(message);
    expect(await payment.run(() => 'paid')).toBe('paid');
  });
});
