/**
 * `npm run soak`: a million calls through pipelines with every policy, under faults and cancellations; `npm run soak --
 * CALLS SEED` for others. Exits with 1 when anything was lost, left or wrong, or when the heap grew.
 */
import { soak } from '../tests/soak/soak.ts';

const calls = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
/** Growth of the heap from the third tenth to the last that is still noise, in bytes. */
const growthMax = 4e6;

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
console.log(`${calls.toLocaleString('en')} calls, seed ${seed}`);
const result = await soak({
  calls,
  seed,
  onProgress: (done, heap) =>
    console.log(`${done.toLocaleString('en').padStart(11)}   heap ${megabytes(heap)}`),
});

const table = (counts: Readonly<Record<string, number>>) => {
  const rows = Object.entries(counts).toSorted(([, one], [, other]) => other - one);
  for (const [name, count] of rows)
    console.log(`  ${name.padEnd(34)} ${count.toLocaleString('en').padStart(11)}`);
};
console.log('\nhow calls ended');
table(result.ends);
console.log('\nwhat policies did');
table(result.events);

const growth = result.heapBytes.at(-1)! - result.heapBytes[2]!;
const { left, wrong } = result;
console.log(
  `\n${result.calls.toLocaleString('en')} results for ${calls.toLocaleString('en')} calls, ${result.attempts.toLocaleString('en')} attempts, ` +
    `${(result.durationMs / 1_000).toFixed(1)} s`,
);
console.log(
  `left: ${left.calls} calls, ${left.timers} timers, ${left.listeners} listeners; heap grew by ${megabytes(growth)}`,
);
for (const what of new Set(wrong)) console.log(`wrong: ${what}`);
const clean = left.calls + left.timers + left.listeners === 0 && wrong.length === 0 && result.calls === calls;
process.exitCode = clean && growth < growthMax ? 0 : 1;
