/** What holds for an outbox whatever happens to its processes, its store and the other side; time is virtual. */
import { constant } from '@seaworthy/protect';
import {
  beginLife,
  type ClientLife,
  outbox,
  type Relay,
  type Sending,
  startRelay,
  type WhenDead,
} from '@seaworthy/protect/outbox';
import { virtualRuntime } from '@seaworthy/protect/testing';
import { memoryStore } from '@seaworthy/stores/memory';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MortalProcess, type StoreFault } from './fixtures/mortal-process.ts';

interface Item {
  readonly n: number;
  readonly lane: string | undefined;
}

type Step =
  | { readonly do: 'put'; readonly lane: string | undefined }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'kill'; readonly which: number }
  | { readonly do: 'start'; readonly client: string };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('put' as const), lane: fc.constantFrom('a', 'b', undefined) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 2_500 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), which: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('start' as const), client: fc.constantFrom('c-1', 'c-2') }),
  },
);

/** What the other side does with an attempt. */
const anyReply = fc.record({
  fails: fc.constantFrom(false, false, false, true),
  afterMs: fc.constantFrom(0, 1, 50, 900),
});

const scenario = fc.record({
  whenDead: fc.constantFrom<WhenDead>('halt', 'skip'),
  concurrency: fc.integer({ min: 1, max: 4 }),
  attempts: fc.integer({ min: 2, max: 6 }),
  steps: fc.array(anyStep, { minLength: 5, maxLength: 40 }),
  replies: fc.infiniteStream(anyReply),
  faults: fc.infiniteStream(
    fc.constantFrom<StoreFault>(...Array<StoreFault>(20).fill('none'), 'not-done', 'answer-lost'),
  ),
});

it('loses no intent, keeps the order of each key, and begins none too often, whatever dies and whenever', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ whenDead, concurrency, attempts, steps, replies, faults }) => {
      const world = virtualRuntime();
      const store = memoryStore({ clock: world.time });
      let isCalm = false;
      const nextFault = () => (isCalm ? 'none' : faults.next().value) as StoreFault;
      const processes: { mortal: MortalProcess; life: ClientLife; relay: Relay }[] = [];
      const put: Item[] = [];
      const attemptsOf = new Map<string, number[]>();
      /** Who sends what at this moment, as far as a sender lives and was not told to stop. */
      const running = new Map<string, () => boolean>();
      const done = new Set<number>();
      const wrong: string[] = [];

      async function receive(
        mortal: MortalProcess,
        { payload: { n, lane }, key, attempt, signal }: Sending<Item>,
      ) {
        const numbers = attemptsOf.get(key) ?? [];
        attemptsOf.set(key, [...numbers, attempt]);
        if (running.get(key)?.()) wrong.push(`${key} is sent twice at once`);
        for (const ahead of put) {
          if (ahead.lane === undefined || ahead.lane !== lane || ahead.n >= n || done.has(ahead.n)) continue;
          // What the store has counts: who gave it up may have died before it could say so.
          const record = await store.read(`outbox/box/k-${ahead.n}`);
          const isDead =
            record !== undefined && (JSON.parse(record.value) as { state: string }).state === 'dead';
          if (whenDead !== 'skip' || !isDead) wrong.push(`k-${n} is sent before k-${ahead.n}`);
        }
        const isSending = () => !mortal.isDead && !signal.aborted;
        running.set(key, isSending);
        const { fails, afterMs } = (isCalm ? { fails: false, afterMs: 1 } : replies.next().value) as {
          fails: boolean;
          afterMs: number;
        };
        await new Promise<void>((resolve) => void world.time.set(resolve, afterMs));
        if (running.get(key) === isSending) running.delete(key);
        if (!fails) done.add(n);
        return mortal.whileAlive(fails ? Promise.reject(new Error('no')) : Promise.resolve());
      }

      async function start(client: string): Promise<void> {
        // A name is that of one process at a time: what begins anew has died before.
        for (const { mortal, life } of processes) if (life.client === client) mortal.kill();
        const mortal = new MortalProcess(world, store, nextFault);
        const { runtime } = mortal;
        const beginning = beginLife({ store: mortal.store, client, lease: '3s', runtime }).then(
          (life) => ({
            mortal,
            life,
            relay: startRelay<Item>({
              outbox: outbox<Item>({ name: 'box', store: mortal.store, runtime }),
              life,
              send: (sending) => receive(mortal, sending),
              concurrency,
              attempts,
              whenDead,
              backoff: constant('300ms'),
            }),
          }),
          () => undefined,
        );
        const started = await world.time.until(beginning);
        if (started !== undefined) processes.push(started);
      }

      const producer = new MortalProcess(world, store, nextFault);
      const box = outbox<Item>({ name: 'box', store: producer.store, runtime: producer.runtime });
      async function putNext(lane: string | undefined): Promise<void> {
        const item = { n: put.length, lane };
        const options = { key: `k-${item.n}`, ...(lane === undefined ? {} : { orderingKey: lane }) };
        // Not acknowledged is not stored, as far as the caller knows: it puts the same again.
        for (;;) {
          const stored = await box.put(item, options).catch(() => undefined);
          if (stored !== undefined) break;
        }
        put.push(item);
      }

      await start('c-1');
      for (const step of steps) {
        if (step.do === 'put') await putNext(step.lane);
        if (step.do === 'wait') await world.time.advance(step.ms);
        if (step.do === 'start') await start(step.client);
        if (step.do === 'kill' && processes.length > 0) {
          const { mortal } = processes[step.which % processes.length]!;
          mortal.kill();
          // What it was sending arrives or not; the dead send nothing more.
          await world.time.advance(0);
        }
      }

      isCalm = true;
      await start('c-9');
      await world.time.advance(120_000);
      for (;;) {
        const letters = await box.dead.list();
        if (letters.length === 0) break;
        for (const { key } of letters) {
          attemptsOf.delete(key);
          await box.dead.retry(key);
        }
        await world.time.advance(60_000);
      }

      expect(wrong).toEqual([]);
      expect(await box.count()).toEqual({ alive: 0, dead: 0 });
      expect([...done].toSorted((a, b) => a - b)).toEqual(put.map(({ n }) => n));
      for (const numbers of attemptsOf.values()) {
        expect(Math.max(...numbers)).toBeLessThanOrEqual(attempts);
        expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
      }
      for (const { mortal, life, relay } of processes.filter((each) => !each.mortal.isDead)) {
        await world.time.until(relay.close());
        await world.time.until(life.close());
        expect(mortal.isDead).toBe(false);
      }
      expect(world.time.nextTimerAt).toBeUndefined();
    }),
    { numRuns: 150 },
  );
});
