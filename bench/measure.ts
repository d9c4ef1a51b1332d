/** How calls are timed: many short rounds, interleaved, so that what else the machine does falls on all alike. */

/** Something to be called again and again. */
export interface Subject {
  readonly name: string;
  readonly call: () => Promise<unknown>;
}

const rounds = 31;
/** A round lasts about this long, in milliseconds. */
const roundMs = 4;

/** The median of what a call takes over all rounds, in nanoseconds, by subject. */
export async function timeCalls(subjects: readonly Subject[]): Promise<ReadonlyMap<Subject, number>> {
  const calls = new Map<Subject, number>();
  for (const subject of subjects) calls.set(subject, await callsFor(subject));
  const times = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) times.get(subject)!.push(await timeOf(subject, calls.get(subject)!));
  }
  return new Map(subjects.map((subject) => [subject, median(times.get(subject)!)]));
}

/** What 10,000 calls that wait at the same time cost: nanoseconds and bytes a call. */
export async function costOfPending(
  start: (work: () => Promise<unknown>) => Promise<unknown>,
): Promise<{ readonly ns: number; readonly bytes: number }> {
  const count = 10_000;
  const ns: number[] = [];
  const bytes: number[] = [];
  for (let round = 0; round < 7; round++) {
    const release: (() => void)[] = [];
    const work = () => new Promise<void>((resolve) => release.push(resolve));
    const running: Promise<unknown>[] = [];
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    const startedAt = process.hrtime.bigint();
    for (let i = 0; i < count; i++) running.push(start(work));
    await new Promise((resolve) => setImmediate(resolve));
    const startedIn = Number(process.hrtime.bigint() - startedAt);
    globalThis.gc?.();
    bytes.push((process.memoryUsage().heapUsed - before) / count);
    const endsAt = process.hrtime.bigint();
    for (const resolve of release) resolve();
    await Promise.all(running);
    ns.push((startedIn + Number(process.hrtime.bigint() - endsAt)) / count);
  }
  return { ns: median(ns), bytes: median(bytes) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function callsFor(subject: Subject): Promise<number> {
  let calls = 200;
  for (let i = 0; i < 12; i++) {
    const ns = (await timeOf(subject, calls)) * calls;
    if (ns >= roundMs * 1e6) return calls;
    calls = Math.ceil(calls * Math.min(4, Math.max(1.2, (roundMs * 1e6) / ns)));
  }
  return calls;
}

async function timeOf({ call }: Subject, calls: number): Promise<number> {
  const startedAt = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) await call();
  return Number(process.hrtime.bigint() - startedAt) / calls;
}
