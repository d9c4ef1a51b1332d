/**
 * Which shedder should stand at a service's door when its team has not thought about it yet? A small simulation under
 * virtual time: workers with exponential service times behind the door, Poisson arrivals at 70 % of what they can
 * serve; then three times the arrivals for 30 s, calm, and service times three times as long for 120 s. A caller waits
 * 250 ms; what is done later is done in vain, and done all the same. The shedders are the shipped machines.
 *
 * Run: node --conditions=@seaworthy/source bench/load-shed-defaults.ts [seeds]
 */
import { type Candidate, candidates } from './load-shed/candidates.ts';
import { type Result, simulate } from './load-shed/simulate.ts';

const seeds = Number(process.argv[2] ?? 5);
const worlds = [
  { workers: 1, serviceMs: 10 },
  { workers: 10, serviceMs: 10 },
  { workers: 100, serviceMs: 10 },
  { workers: 10, serviceMs: 1 },
  { workers: 10, serviceMs: 50 },
];

const columns: readonly (readonly [string, (result: Result) => number, (value: number) => string])[] = [
  ['goodput, 3x arrivals', ({ spike }) => spike.goodput, share],
  ['goodput, 3x service time', ({ brownOut }) => brownOut.goodput, share],
  [
    'critical answered, stress',
    (result) => worst(result, ({ goodputCritical }) => -goodputCritical),
    (value) => share(-value),
  ],
  ['turned away, calm', ({ calm }) => calm.refused, percent],
  ['turned away, bursts', ({ bursts }) => bursts.refused, percent],
  [
    'p99 of the served, stress',
    (result) => worst(result, ({ p99Ms }) => p99Ms),
    (ms) => `${ms.toFixed(0)} ms`,
  ],
  [
    'steady again',
    ({ steadyAfterMs }) => steadyAfterMs,
    (ms) => (ms === Infinity ? 'never' : `${ms / 1_000} s`),
  ],
];

const least = new Map<string, number>();
for (const world of worlds) {
  console.log(`\n${world.workers} workers, service ${world.serviceMs} ms; medians of ${seeds} seeds\n`);
  console.log(`| shedder | ${columns.map(([title]) => title).join(' | ')} |`);
  console.log(`|---|${columns.map(() => '---|').join('')}`);
  for (const candidate of candidates) console.log(row(candidate, world));
}

console.log(
  '\nthe least goodput in any of these worlds, under either stress\n\n| shedder | least goodput |\n|---|---|',
);
for (const [name, goodput] of least) console.log(`| ${name} | ${share(goodput)} |`);

function row(candidate: Candidate, world: { workers: number; serviceMs: number }): string {
  const results = Array.from({ length: seeds }, (_, seed) => simulate(candidate, { ...world, seed }));
  const goodput = median(results, ({ spike, brownOut }) => Math.min(spike.goodput, brownOut.goodput));
  least.set(candidate.name, Math.min(goodput, least.get(candidate.name) ?? 1));
  const cells = columns.map(([, read, show]) => show(median(results, read)));
  return `| ${candidate.name} | ${cells.join(' | ')} |`;
}

function median(results: readonly Result[], read: (result: Result) => number): number {
  return results.map(read).toSorted((a, b) => a - b)[results.length >> 1]!;
}

/** The greater of the two stresses. */
function worst({ spike, brownOut }: Result, read: (phase: Result['spike']) => number): number {
  return Math.max(read(spike), read(brownOut));
}

function share(value: number): string {
  return Math.min(1, value).toFixed(2);
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}
