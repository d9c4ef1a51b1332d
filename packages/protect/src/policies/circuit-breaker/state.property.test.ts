import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BreakerState } from '../../kernel/events.ts';
import { readBreakerOptions } from './options.ts';
import { type BreakerPermit, CircuitBreaker } from './state.ts';

const windowCalls = 6;
const minimumCalls = 3;
const openForMs = 10;

/** The same by lists, for a window of calls and one probe at a time. */
class NaiveBreaker {
  state: BreakerState = 'closed';
  /** Outcomes since it closed. */
  outcomes: boolean[] = [];
  openedAt = 0;
  /** The period of each permit given, by its number; a probe that runs. */
  period = 0;
  probe = false;
  succeeded = 0;
  failed = 0;
  readonly probes: number;
  readonly probeFailures: number;

  constructor(probes: number, probeFailures: number) {
    this.probes = probes;
    this.probeFailures = probeFailures;
  }

  acquire(now: number): number | undefined {
    if (this.state === 'open' && now - this.openedAt >= openForMs) this.change('half-open');
    if (this.state === 'closed') return this.period;
    if (this.state === 'open' || this.probe) return undefined;
    this.probe = true;
    return this.period;
  }

  record(period: number, failed: boolean | undefined, now: number): void {
    if (period !== this.period) return;
    if (this.state === 'half-open') {
      this.probe = false;
      if (failed === true && ++this.failed > this.probeFailures) this.open(now);
      else if (failed === false && ++this.succeeded === this.probes) this.change('closed');
    } else if (this.state === 'closed' && failed !== undefined) {
      this.outcomes.push(failed);
      const seen = this.outcomes.slice(-windowCalls);
      const failures = seen.filter(Boolean).length;
      if (failed && seen.length >= minimumCalls && failures / seen.length >= 0.5) this.open(now);
    }
  }

  open(now: number): void {
    this.openedAt = now;
    this.change('open');
  }

  change(to: BreakerState): void {
    this.state = to;
    this.period++;
    this.outcomes = [];
    this.probe = false;
    this.succeeded = this.failed = 0;
  }
}

test('a breaker equals a naive one, whatever comes, late or never', () => {
  const anyStep = fc.record({
    does: fc.constantFrom('acquire', 'acquire', 'success', 'failure', 'failure', 'release'),
    which: fc.nat(),
    passes: fc.nat(8),
  });
  fc.assert(
    fc.property(
      fc.array(anyStep, { maxLength: 120 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 2 }),
      (steps, probes, probeFailures) => {
        const rules = readBreakerOptions({
          failureRate: 0.5,
          minimumCalls,
          window: { calls: windowCalls },
          openFor: openForMs,
          probes,
          probeFailures,
          probeConcurrency: 1,
        });
        const states: BreakerState[] = [];
        const machine = new CircuitBreaker(
          rules,
          () => 0,
          ({ from, to }) => {
            expect(from).toBe(states.at(-1) ?? 'closed');
            states.push(to);
          },
        );
        const naive = new NaiveBreaker(probes, probeFailures);
        const running: { readonly permit: BreakerPermit; readonly period: number }[] = [];
        let now = 0;
        for (const { does, which, passes } of steps) {
          now += passes;
          if (does === 'acquire') {
            const permit = machine.tryAcquire(now);
            const period = naive.acquire(now);
            expect(permit === undefined).toBe(period === undefined);
            if (permit !== undefined) running.push({ permit, period: period! });
          } else if (running.length > 0) {
            const [ended] = running.splice(which % running.length, 1);
            const failed = does === 'release' ? undefined : does === 'failure';
            machine.record(ended!.permit, failed, now);
            naive.record(ended!.period, failed, now);
          }
          expect(machine.state).toBe(naive.state);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
