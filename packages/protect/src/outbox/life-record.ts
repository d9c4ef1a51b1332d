/** What the store keeps of a client: in which life it is, and whether that has ended. */
import type { Store, StoredRecord } from '../kernel/store.ts';

/** A client's life, as it is stored. */
export interface LifeRecord {
  /** Higher with each life of the client. */
  readonly epoch: number;
  /** Which process lives it. */
  readonly holder: string;
  /** How long after its last sign of life it counts as dead. */
  readonly leaseMs: number;
  readonly ended?: true;
}

/** How long a client is remembered that shows no sign of life, in milliseconds. */
export const rememberedMs = 7 * 24 * 3_600_000;

/** Where a client's life stands in the store. */
export function lifeKey(client: string): string {
  return `client/${encodeURIComponent(client)}`;
}

/** The life of a record. */
export function decodeLife(record: StoredRecord): LifeRecord {
  return JSON.parse(record.value) as LifeRecord;
}

/**
 * The epoch in which a client lives; `undefined` where it is dead. One whose lease has run out is declared dead first,
 * in the store: only then may others do its work, since it finds that out by its next renewal at the latest.
 */
export async function livingEpoch(store: Store, client: string): Promise<number | undefined> {
  const key = lifeKey(client);
  for (let current = await store.read(key); current !== undefined; ) {
    const life = decodeLife(current);
    if (life.ended) return undefined;
    if (current.ageMs < life.leaseMs) return life.epoch;
    const ended = JSON.stringify({ ...life, ended: true } satisfies LifeRecord);
    const result = await store.write(key, ended, { expect: current.version, ttlMs: rememberedMs });
    if (result.written) return undefined;
    // It gave a sign of life, or another declared it dead, at this very moment.
    current = result.current;
  }
  return undefined;
}
