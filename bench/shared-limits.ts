/**
 * `npm run bench:limits`: shared rate limits beside rate-limiter-flexible, on one Redis that it starts itself, with the same
 * client library and as many calls at once. Rounds are interleaved, so that what else the machine does falls on all
 * alike; the table has medians, in decisions a second.
 *
 * Nothing here is a test: a ratio says what this machine saw today.
 */
import { pipeline } from '@seaworthy/protect';
import { sharedRateLimit } from '@seaworthy/protect/shared';
import { redisLimits } from '@seaworthy/stores/redis';
import { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { startRedis } from '../tests/servers/redis.ts';
import { median } from './measure.ts';

interface Subject {
  readonly name: string;
  /** One decision. */
  readonly decide: () => Promise<unknown>;
}

const rounds = 25;
/** A round lasts about this long; short, so that the rounds of a comparison lie close together. */
const roundMs = 50;
const warmUpMs = 500;
const concurrencies = [1, 4, 16, 128];
/** So high that no decision is a refusal: what a refusal costs is not the question here. */
const limit = 1_000_000_000;

await using server = await startRedis({ appendonly: 'no' });
const client = () => new Redis(server.url);
const [peersClient, strictClient, leasedClient] = [client(), client(), client()];

const peer = new RateLimiterRedis({ storeClient: peersClient, points: limit, duration: 1 });
const through = (name: string, mode: 'strict' | 'leased', redis: Redis) => {
  const store = redisLimits({ client: redis });
  const line = pipeline(name, [
    sharedRateLimit({ limit, store, mode, whenDown: 'closed', timeout: '190ms' }),
  ]);
  return () => line.run(() => true);
};
const subjects: readonly Subject[] = [
  { name: 'rate-limiter-flexible', decide: () => peer.consume('key') },
  { name: 'strict', decide: through('strict', 'strict', strictClient) },
  { name: 'leased', decide: through('leased', 'leased', leasedClient) },
];

console.log(`Timing ${subjects.length} limiters at ${concurrencies.join(', ')} calls at once, about 20 s.\n`);
console.log('| calls at once | limiter | decisions a second | ratio | goal |');
console.log('|---|---|---|---|---|');
for (const subject of subjects) await rateOf(subject, 128, warmUpMs);
for (const concurrency of concurrencies) {
  const rates = new Map(subjects.map((subject) => [subject, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) rates.get(subject)!.push(await rateOf(subject, concurrency, roundMs));
  }
  const peers = rates.get(subjects[0]!)!;
  for (const subject of subjects) {
    const own = rates.get(subject)!;
    // A ratio a round: what lies further apart than that does not compare.
    const ratio = median(own.map((rate, round) => rate / peers[round]!));
    const goal = { strict: '≥ 1', leased: '≥ 20' }[subject.name] ?? '';
    const cells = [concurrency, subject.name, Math.round(median(own)).toLocaleString('en'), ratio.toFixed(2)];
    console.log(`| ${[...cells, goal].join(' | ')} |`);
  }
}
for (const each of [peersClient, strictClient, leasedClient]) each.disconnect();

/** Decisions a second, with so many callers that each ask again as soon as they were answered. */
async function rateOf({ decide }: Subject, concurrency: number, forMs: number): Promise<number> {
  const startedAt = performance.now();
  const endsAt = startedAt + forMs;
  let decisions = 0;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      do {
        // On a busy machine Redis may answer too late now and then; that is no decision.
        if (
          await decide().then(
            () => true,
            () => false,
          )
        )
          decisions++;
        // What decides at once would hold up the timers and sockets on which others rely.
        if (decisions % 1_000 === 0) await new Promise(setImmediate);
      } while (performance.now() < endsAt);
    }),
  );
  return (decisions / (performance.now() - startedAt)) * 1_000;
}
