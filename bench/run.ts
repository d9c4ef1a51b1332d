/**
 * `npm run bench`: our policies beside others', in one process; `npm run bench -- breaker` for the rows whose name has
 * that word, `--json` for a machine.
 *
 * Nothing here is a test: a ratio says what this machine saw today.
 */
import { cpus } from 'node:os';
import { costOfPending, timeCalls } from './measure.ts';
import { comparisons, pendingPair, work } from './policies.ts';
import { bundleBytes, importMs, isBuilt } from './sizes.ts';

interface Row {
  readonly what: string;
  readonly ours: string;
  readonly peer: string;
  readonly theirs: string;
  /** Ours over theirs. */
  readonly ratio: number;
  readonly goal: number;
}

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const json = process.argv.includes('--json');
const chosen = (what: string) => words.length === 0 || words.some((word) => what.includes(word));

const rows: Row[] = [];
const all = comparisons().filter(({ what }) => chosen(what));
const bare = { name: 'bare', call: work };
if (!json) console.log(`Timing ${all.length} comparisons, about half a minute.`);
const times = await timeCalls([bare, ...all.flatMap(({ ours, peers }) => [ours, ...peers])]);
for (const { what, ours, peers, goal } of all) {
  for (const peer of peers) {
    const [mine, theirs] = [times.get(ours)!, times.get(peer)!];
    rows.push({ what, ours: ns(mine), peer: peer.name, theirs: ns(theirs), ratio: mine / theirs, goal });
  }
}
if (chosen('pending')) {
  const [mine, theirs] = pendingPair();
  const a = await costOfPending(mine!.start);
  const b = await costOfPending(theirs!.start);
  const peer = theirs!.name;
  rows.push({
    what: '10,000 pending, five',
    ours: ns(a.ns),
    peer,
    theirs: ns(b.ns),
    ratio: a.ns / b.ns,
    goal: 1 / 15,
  });
  rows.push({
    what: '10,000 pending, memory',
    ours: bytes(a.bytes),
    peer,
    theirs: bytes(b.bytes),
    ratio: a.bytes / b.bytes,
    goal: 1,
  });
}
if (chosen('size')) {
  if (isBuilt()) await addSizes();
  else if (!json)
    console.log('Sizes were not measured, since they are those of the build: `npm run build` makes it.');
}

if (json) console.log(JSON.stringify({ node: process.version, bareNs: times.get(bare), rows }, undefined, 2));
else print();

async function addSizes(): Promise<void> {
  const limit = (what: string, value: number, most: number, unit: string) => {
    const shown = `${value.toFixed(1)} ${unit}`;
    rows.push({
      what,
      ours: shown,
      peer: 'the goal',
      theirs: `${most} ${unit}`,
      ratio: value / most,
      goal: 1,
    });
  };
  for (const policy of ['timeout', 'fallback', 'retry', 'bulkhead', 'circuitBreaker']) {
    limit(`size, ${policy}`, (await bundleBytes([policy])) / 1_024, 3, 'KiB');
    limit(`size, ${policy} and pipeline`, (await bundleBytes(['pipeline', policy])) / 1_024, 3, 'KiB');
  }
  limit('size, all of the main entry', (await bundleBytes([])) / 1_024, 12, 'KiB');
  limit('size, import of the built package', importMs(), 10, 'ms');
}

function print(): void {
  console.log(
    `\nNode ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores.`,
  );
  console.log(`A call of the bare function: ${ns(times.get(bare)!)}. Medians; below 1.00 ours is less.\n`);
  const head = ['what', 'seaworthy', 'beside', 'theirs', 'ratio', 'goal'];
  const lines = rows.map(({ what, ours, peer, theirs, ratio, goal }) => [
    what,
    ours,
    peer,
    theirs,
    ratio.toFixed(2),
    `${ratio <= goal ? 'met' : 'not met'} (${goal.toFixed(2)})`,
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column]!.length)));
  for (const line of [head, ...lines]) {
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('   ')
        .trimEnd(),
    );
  }
}

function ns(value: number): string {
  return `${Math.round(value).toLocaleString('en')} ns`;
}

function bytes(value: number): string {
  return `${Math.round(value).toLocaleString('en')} B`;
}
