import type { StoredRecord } from '@seaworthy/protect/store';
import type { PostgresRow } from './loan.ts';

/** A record of its row. */
export function toRecord({ key, value, version, age_ms: ageMs }: PostgresRow): StoredRecord {
  return { key: key as string, value: value as string, version: Number(version), ageMs: Number(ageMs) };
}
