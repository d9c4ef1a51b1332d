import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoadShedder, type ShedRules, type ShedWaiter } from './index.ts';

const rules: ShedRules = {
  concurrency: 2,
  queue: 3,
  targetMs: 20,
  intervalMs: 100,
  eventLoopDelayMs: undefined,
  eventLoopUtilization: undefined,
  heapShare: undefined,
};

function waiter(since: number, priority = 1): ShedWaiter {
  return { since, priority, tenant: undefined, list: undefined, previous: undefined, next: undefined };
}

const nobody = () => expect.unreachable('nobody should have been let go');

describe('a load shedder', () => {
  it('gives a place to who waits, the most critical first', () => {
    const shedder = new LoadShedder(rules);
    expect([shedder.tryAcquire(), shedder.tryAcquire(), shedder.tryAcquire()]).toEqual([true, true, false]);
    const [plain, critical] = [waiter(0), waiter(1, 0)];
    for (const each of [plain, critical]) shedder.enqueue(each);
    expect(shedder.release(5, nobody)).toBe(critical);
    expect(shedder.release(5, nobody)).toBe(plain);
    expect(shedder.release(5, nobody)).toBeUndefined();
    expect(shedder).toMatchObject({ running: 1, waiting: 0 });
  });

  it('has less important ones make way in a full queue, and turns the least important away', () => {
    const shedder = new LoadShedder({ ...rules, queue: 2 });
    const [sheddable, plain, critical] = [waiter(0, 3), waiter(0), waiter(0, 0)];
    shedder.enqueue(sheddable);
    shedder.enqueue(plain);
    expect(shedder.hasRoom(3)).toBe(false);
    expect(shedder.hasRoom(0)).toBe(true);
    expect(shedder.enqueue(critical)).toBe(sheddable);
    const late = waiter(0, 2);
    expect(shedder.enqueue(late)).toBe(late);
  });

  it('lets those go who waited too long in a standing queue, but never the most critical', () => {
    const shedder = new LoadShedder({ ...rules, concurrency: 1, queue: 1_000 });
    shedder.tryAcquire();
    const shed: ShedWaiter[] = [];
    // One comes and one is served every 10 ms, each after 60 ms.
    for (let now = 0; now < 60; now += 10) shedder.enqueue(waiter(now));
    for (let now = 60; now < 300; now += 10) {
      shedder.enqueue(waiter(now));
      shedder.release(now, (each) => shed.push(each));
    }
    expect(shed.length).toBeGreaterThan(0);
    expect(shedder.overloaded).toBe(shedder.waiting > 0);

    const critical = new LoadShedder({ ...rules, concurrency: 1, queue: 1_000 });
    critical.tryAcquire();
    for (let now = 0; now < 60; now += 10) critical.enqueue(waiter(now, 0));
    for (let now = 60; now < 300; now += 10) {
      critical.enqueue(waiter(now, 0));
      critical.release(now, nobody);
    }
  });

  it('sees a standing queue of the less important behind others who hardly wait', () => {
    const shedder = new LoadShedder({ ...rules, concurrency: 1, queue: 1_000 });
    shedder.tryAcquire();
    let shed = 0;
    for (let now = 0; now < 600; now += 10) {
      shedder.enqueue(waiter(now, 3));
      // Every other one served is an important one that has just come.
      if (now % 20 === 0) shedder.enqueue(waiter(now, 1));
      shedder.release(now, () => shed++);
    }
    expect(shed).toBeGreaterThan(10);
  });

  it('lets the levels go one after the other as the pressure grows', () => {
    const pressure = { eventLoopDelayMs: 0, eventLoopUtilization: 0, heapShare: 0 };
    const shedder = new LoadShedder(
      { ...rules, eventLoopDelayMs: 100, eventLoopUtilization: 0.8, heapShare: 0.8 },
      pressure,
    );
    const levels = () => [0, 1, 2, 3].map((priority) => shedder.pressed(priority));
    expect(levels()).toEqual([undefined, undefined, undefined, undefined]);
    pressure.eventLoopDelayMs = 101;
    expect(levels()).toEqual([undefined, undefined, undefined, 'event-loop-delay']);
    pressure.eventLoopDelayMs = 201;
    expect(levels()).toEqual([undefined, ...Array<string>(3).fill('event-loop-delay')]);
    pressure.eventLoopDelayMs = 401;
    expect(levels()).toEqual(Array(4).fill('event-loop-delay'));
    pressure.eventLoopDelayMs = 0;
    pressure.heapShare = 0.87;
    expect(levels()).toEqual([undefined, undefined, 'heap', 'heap']);
    pressure.heapShare = 0;
    pressure.eventLoopUtilization = 0.94;
    expect(levels()).toEqual([undefined, ...Array<string>(3).fill('event-loop-utilization')]);
  });

  it('never loses a place, and lets nobody stand by while one is free', () => {
    const step = fc.record({
      does: fc.constantFrom('arrive', 'arrive', 'end', 'give up'),
      priority: fc.integer({ min: 0, max: 3 }),
      afterMs: fc.integer({ min: 0, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 0, max: 4 }), (steps, queue) => {
        const shedder = new LoadShedder({ ...rules, queue });
        const waiting = new Set<ShedWaiter>();
        let running = 0;
        let now = 0;
        for (const { does, priority, afterMs } of steps) {
          now += afterMs;
          if (does === 'arrive') {
            if (shedder.tryAcquire()) running++;
            else {
              const newcomer = waiter(now, priority);
              const hadRoom = shedder.hasRoom(priority);
              const leaver = shedder.enqueue(newcomer);
              expect(hadRoom).toBe(leaver !== newcomer);
              if (leaver !== newcomer) waiting.add(newcomer);
              if (leaver !== undefined) waiting.delete(leaver);
            }
          } else if (does === 'give up') {
            const [first] = waiting;
            if (first === undefined) continue;
            shedder.leave(first);
            waiting.delete(first);
          } else if (running > 0) {
            const next = shedder.release(now, (each) => {
              expect(each.priority).toBeGreaterThan(0);
              expect(waiting.delete(each)).toBe(true);
            });
            if (next === undefined) running--;
            else expect(waiting.delete(next)).toBe(true);
          }
          expect(shedder.running).toBe(running);
          expect(shedder.waiting).toBe(waiting.size);
          expect(running).toBeLessThanOrEqual(rules.concurrency);
          expect(waiting.size === 0 || running === rules.concurrency).toBe(true);
        }
      }),
    );
  });
});
